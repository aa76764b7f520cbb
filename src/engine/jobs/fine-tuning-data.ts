/** From a frozen snapshot to what a fine-tuning run learns from, rehearses and is judged by. */
import type { EvaluationImage } from '../training/evaluate-captions.ts'
import type { TrainingExample } from '../training/batches.ts'
import { encodeCaption, tokenizeFor, type Vocabulary } from '../text/vocabulary.ts'
import { requireCorrections } from '../workspace/fewest-corrections.ts'
import { isHeldOut, type SnapshotItem } from '../workspace/repositories/snapshots.ts'

/** Texts by image. */
export interface FineTuningTexts {
  corrections: Map<number, string[]>
  /** Stored captions (accepted texts, references) that keep the model from forgetting. */
  replay: Map<number, string[]>
  heldOut: Map<number, string[]>
}

/** Replay photos for each corrected one, and how many at least and at most: each has to be encoded. */
const replayRatio = 4
const fewestReplayed = 200
const mostReplayed = 2000

/**
 * Sorts the items of a snapshot. Of the images with stored captions a fixed choice is rehearsed, even over the workspace.
 * @throws AppError `too-little-data` with fewer than five corrections
 */
export function fineTuningTexts(items: readonly SnapshotItem[]): FineTuningTexts {
  const texts: FineTuningTexts = { corrections: new Map(), replay: new Map(), heldOut: new Map() }
  const stored = new Map<number, string[]>()
  for (const { imageId, kind, text, heldOut } of items) {
    if (kind === 'correction') add(heldOut ? texts.heldOut : texts.corrections, imageId, text)
    else if (!heldOut) add(stored, imageId, text)
  }
  requireCorrections(texts.corrections.size + texts.heldOut.size)
  const wanted = Math.min(mostReplayed, Math.max(fewestReplayed, replayRatio * texts.corrections.size))
  const share = wanted / Math.max(1, stored.size)
  for (const [imageId, captions] of stored) {
    // A corrected image is learned by its correction alone: its other texts say what was corrected.
    if (!texts.corrections.has(imageId) && isHeldOut(imageId ^ replayDraw, share)) texts.replay.set(imageId, captions)
  }
  return texts
}

/** Makes the draw of replayed images another one than the draw of held-out images. */
const replayDraw = 0x5bd1e995

function add(texts: Map<number, string[]>, imageId: number, text: string): void {
  const known = texts.get(imageId)
  if (known) known.push(text)
  else texts.set(imageId, [text])
}

/** Examples of the images whose features are there. */
export function trainingExamples(texts: ReadonlyMap<number, readonly string[]>, keys: ReadonlyMap<number, string>, vocabulary: Vocabulary): TrainingExample[] {
  return [...texts].flatMap(([imageId, captions]): TrainingExample[] => {
    const key = keys.get(imageId)
    const encoded = captions.map((caption) => encodeCaption(vocabulary, caption)).filter((ids) => ids.length > 0)
    return key === undefined || encoded.length === 0 ? [] : [{ key, captions: encoded, weight: 1 }]
  })
}

/** What the run is judged by: held-out corrections whose features are there. */
export function evaluationImages(texts: ReadonlyMap<number, readonly string[]>, keys: ReadonlyMap<number, string>): EvaluationImage[] {
  return [...texts].flatMap(([imageId, references]) => {
    const key = keys.get(imageId)
    return key === undefined ? [] : [{ key, references }]
  })
}

/** Words of the corrections that the model's vocabulary lacks, most frequent first. */
export function unknownWords(texts: ReadonlyMap<number, readonly string[]>, vocabulary: Vocabulary): string[] {
  const counts = new Map<string, number>()
  for (const captions of texts.values()) {
    for (const word of captions.flatMap((caption) => tokenizeFor(vocabulary, caption))) {
      if (!vocabulary.idOf.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([word]) => word)
}
