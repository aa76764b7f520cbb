/** From a frozen snapshot to what a fine-tuning run learns from, rehearses and is judged by. */
import { createHash } from 'node:crypto'
import type { EvaluationImage } from '#engine/training/loop/evaluate-captions.ts'
import type { TrainingExample } from '#engine/training/data/batches.ts'
import { encodeCaption, tokenizeFor, type Vocabulary } from '#engine/text/vocabulary.ts'
import { fewestJudged } from '#shared/fine-tuning.ts'
import { domainPhotos } from './gate.ts'
import { requireCorrections } from '#engine/workspace/models/fewest-corrections.ts'
import { isHeldOut, type DrawnImage, type SnapshotItem } from '#engine/workspace/repositories/snapshots.ts'

/** Texts by image. */
export interface FineTuningTexts {
  corrections: Map<number, string[]>
  /** What keeps the model from forgetting: stored captions (accepted texts, references), or its own. */
  replay: Map<number, string[]>
  /** Corrections that judge: nothing learns from them, and nothing is chosen by them. */
  heldOut: Map<number, string[]>
  /** Held-out corrections that tell when to stop, and judge nothing; none where there are too few. */
  stopping: Map<number, string[]>
  /** Stored captions of photos that are not rehearsed: the gate tells by them what was forgotten. */
  domain: Map<number, string[]>
  /** The same, of photos that tell when to stop and how much to keep, and judge nothing. */
  choosing: Map<number, string[]>
  lineage: Lineage
}

/** What is known of texts and photos beside what is to be learned: where corrections come from, and what people thought of candidates. */
export interface Lineage {
  /** What the corrections of an image replace, in their order; null where nobody knows. */
  replaced: Map<number, (string | null)[]>
  /** Candidates that were turned down: nothing judges by their photos. */
  rejected: Map<number, string[]>
  /** What people wrote of those photos. */
  written: Map<number, string[]>
  /** Of an image's candidate, 1 to 5. */
  ratings: Map<number, number>
}

/** Replay photos for each corrected one, and how many at least and at most: each has to be encoded. */
const replayRatio = 4
const fewestReplayed = 200
const mostReplayed = 2000

/** How many photos are worth rehearsing beside so many corrected ones. */
export function wantedReplay(corrected: number): number {
  return Math.min(mostReplayed, Math.max(fewestReplayed, replayRatio * corrected))
}

/**
 * Sorts the items of a snapshot. Of the images with stored captions a fixed choice is rehearsed, even over the workspace.
 * @throws AppError `too-little-data` with fewer than five corrections to learn from
 */
export function fineTuningTexts(items: readonly SnapshotItem[]): FineTuningTexts {
  const lineage: Lineage = { replaced: new Map(), rejected: new Map(), written: new Map(), ratings: new Map() }
  const texts: FineTuningTexts = {
    ...{ corrections: new Map(), replay: new Map(), heldOut: new Map(), stopping: new Map(), domain: new Map(), choosing: new Map() },
    lineage,
  }
  const { replaced, rejected, ratings } = lineage
  const stored = new Map<number, string[]>()
  const draws = new Map(items.map(({ imageId, draw }) => [imageId, draw]))
  const drawn = (imageIds: readonly number[]): DrawnImage[] => imageIds.map((imageId) => ({ imageId, draw: draws.get(imageId) ?? imageId }))
  for (const { imageId, kind, text, heldOut, replaces, rating } of items) {
    if (rating !== null) ratings.set(imageId, rating)
    if (kind === 'correction') {
      add(heldOut ? texts.heldOut : texts.corrections, imageId, text)
      add(replaced, imageId, replaces)
    } else if (heldOut) continue
    else add(kind === 'rejected' ? rejected : stored, imageId, text)
  }
  requireCorrections({ corrections: texts.corrections.size + texts.heldOut.size, heldOut: texts.heldOut.size })
  // A corrected image is learned by its correction alone: its other texts say what was corrected.
  const others = [...stored.keys()].filter((imageId) => !texts.corrections.has(imageId) && !texts.heldOut.has(imageId))
  lineage.written = new Map([...rejected.keys()].flatMap((imageId) => (stored.has(imageId) ? [[imageId, stored.get(imageId) ?? []]] : [])))
  const apart = drawDomain(drawn(others.filter((imageId) => !rejected.has(imageId))))
  for (const { imageId, draw } of apart) {
    const chooses = apart.length * choosingShare >= fewestJudged && isHeldOut(draw ^ choosingDraw, choosingShare)
    const part = chooses ? texts.choosing : texts.domain
    part.set(imageId, stored.get(imageId) ?? [])
  }
  const candidates = others.filter((imageId) => !texts.domain.has(imageId) && !texts.choosing.has(imageId))
  for (const imageId of drawReplay(drawn(candidates), wantedReplay(texts.corrections.size))) texts.replay.set(imageId, stored.get(imageId) ?? [])
  for (const imageId of drawStopping(drawn([...texts.heldOut.keys()]))) {
    texts.stopping.set(imageId, texts.heldOut.get(imageId) ?? [])
    texts.heldOut.delete(imageId)
  }
  return texts
}

/** Every image that a run over these texts sees. */
export function imagesOf({ corrections, replay, heldOut, stopping, domain, choosing, lineage: { rejected } }: FineTuningTexts): number[] {
  const texts = [corrections, heldOut, stopping, replay, domain, choosing]
  const seen = new Set(texts.flatMap((each) => [...each.keys()]))
  return [...seen, ...[...rejected.keys()].filter((imageId) => !seen.has(imageId))]
}

/** Of the held-out corrections a quarter, as of an experiment's dev split. Fewer than tell anything would be lost to the judgement for nothing. */
const stoppingShare = 1 / 4

function drawStopping(heldOut: readonly DrawnImage[]): number[] {
  const drawn = heldOut.filter(({ draw }) => isHeldOut(draw ^ stoppingDraw, stoppingShare))
  const enough = drawn.length >= fewestJudged && heldOut.length * stoppingShare >= fewestJudged
  return enough ? drawn.map(({ imageId }) => imageId) : []
}

/** Most of few photos are rehearsed: judging must not cost the run its rehearsal. */
const mostOfDomain = 1 / 4
/** Of the photos that are not rehearsed, this share chooses and the others judge. */
const choosingShare = 1 / 3

function drawDomain(images: readonly DrawnImage[]): DrawnImage[] {
  const share = Math.min(mostOfDomain, domainPhotos / (1 - choosingShare) / Math.max(1, images.length))
  return images.filter(({ draw }) => isHeldOut(draw ^ domainDraw, share))
}

/** About `wanted` of the images, a fixed choice even over what they are drawn by. */
export function drawReplay(images: readonly DrawnImage[], wanted: number): number[] {
  const share = wanted / Math.max(1, images.length)
  return images.filter(({ draw }) => isHeldOut(draw ^ replayDraw, share)).map(({ imageId }) => imageId)
}

/** Make each draw another than that of held-out images. */
const replayDraw = 0x5bd1e995
const domainDraw = 0x2545f491
const stoppingDraw = 0x1b873593
const choosingDraw = 0x38b34ae5

function add<Text>(texts: Map<number, Text[]>, imageId: number, text: Text): void {
  const known = texts.get(imageId)
  if (known) known.push(text)
  else texts.set(imageId, [text])
}

/** Examples of the images whose features are there. */
export function examplesOfTexts(
  texts: ReadonlyMap<number, readonly string[]>,
  keys: ReadonlyMap<number, string>,
  vocabulary: Vocabulary,
  weightOf: (imageId: number) => number = () => 1,
): TrainingExample[] {
  return [...texts].flatMap(([imageId, captions]): TrainingExample[] => {
    const key = keys.get(imageId)
    const encoded = captions.map((caption) => encodeCaption(vocabulary, caption)).filter((ids) => ids.length > 0)
    return key === undefined || encoded.length === 0 ? [] : [{ key, captions: encoded, weight: weightOf(imageId) }]
  })
}

/** The same of the same photos and texts, whatever they are called and in whatever order they come. */
export function digestOfTexts(sets: readonly ReadonlyMap<number, readonly (string | null)[]>[], keys: ReadonlyMap<number, string>): string {
  const content = sets.map((texts) => [...texts].map(([imageId, captions]) => JSON.stringify([keys.get(imageId) ?? null, captions])).sort())
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

/** Photos to judge by whose features are there. */
export function evaluationImages(texts: ReadonlyMap<number, readonly string[]>, keys: ReadonlyMap<number, string>): EvaluationImage[] {
  return [...texts].flatMap(([imageId, references]) => {
    const key = keys.get(imageId)
    return key === undefined ? [] : [{ key, references }]
  })
}

/** Words that the vocabulary lacks and that occur at least so often, most frequent first. */
export function unknownWords(texts: ReadonlyMap<number, readonly string[]>, vocabulary: Vocabulary, fewest = 1): string[] {
  const counts = new Map<string, number>()
  for (const captions of texts.values()) {
    for (const word of captions.flatMap((caption) => tokenizeFor(vocabulary, caption))) {
      if (!vocabulary.idOf.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
  }
  return [...counts]
    .filter(([, count]) => count >= fewest)
    .sort(([wordA, a], [wordB, b]) => b - a || (wordA < wordB ? -1 : 1))
    .map(([word]) => word)
}
