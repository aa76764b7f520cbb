/** The two halves of the adaptation benchmark: corrections to a better model, by the code that the app uses, and what became better or worse. */
import type { GateReport } from '#shared/fine-tuning.ts'
import type { FineTuneRecipe } from '#shared/domain.ts'
import type { JobContext } from '#shared/jobs.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { Finished, FineTuning } from '#engine/fine-tuning/fine-tune.ts'
import { drawReplay, fineTuningTexts, wantedReplay } from '#engine/fine-tuning/fine-tuning-data.ts'
import { fineTuneAndJudge } from '#engine/fine-tuning/fine-tuned.ts'
import { ownCaptions } from '#engine/fine-tuning/own-captions.ts'
import type { DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { CorpusScores } from '#engine/metrics/score-corpus.ts'
import type { ModelPackage } from '#engine/models/model-package.ts'
import type { CachedFeatures } from '#engine/captioning/cached-features.ts'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { evaluateCaptions, type EvaluationImage } from '#engine/training/loop/evaluate-captions.ts'
import type { WordedCaptioner } from '#engine/training/data/grow-vocabulary.ts'
import { isHeldOut, type SnapshotItem } from '#engine/workspace/repositories/snapshots.ts'

export interface Adaptation {
  base: ModelPackage
  recipe: FineTuneRecipe
  /** A person corrects each to one of its captions. */
  corrected: readonly CaptionedImage[]
  /** Photos with stored captions, or, where the recipe rehearses its own, without. */
  others: readonly CaptionedImage[]
  /** Feature keys by path. */
  hashes: ReadonlyMap<string, string>
  features: CachedFeatures
  folder: string
  threads: number
}

export interface Adapted {
  run: FineTuning
  finished: Finished
  gate: GateReport
  heldOut: number
  /** The captioner with its new weights. */
  model: WordedCaptioner
  minutes: number
  /** Of all threads together: a machine that does other things meanwhile lengthens the minutes, not these. */
  processorMinutes: number
}

/** Fine-tunes the base as the app's training job does. */
export async function adapt({ base, recipe, corrected, others, hashes, features, folder, threads }: Adaptation): Promise<Adapted> {
  const images = [...corrected, ...others]
  const keys = new Map(images.flatMap(({ path }, id) => (hashes.has(path) ? [[id, hashes.get(path) ?? '']] : [])))
  const items = images.flatMap(({ captions }, imageId): SnapshotItem[] => {
    const item = { imageId, draw: imageId, weight: 1, replaces: null, rating: null }
    if (imageId < corrected.length)
      return [{ ...item, kind: 'correction', text: captions[imageId % captions.length], heldOut: isHeldOut(imageId, recipe.heldOut) }]
    return recipe.replaySource === 'own' ? [] : captions.map((text) => ({ ...item, kind: 'reference', text, heldOut: false }))
  })
  const context = benchContext(folder, threads)
  const begun = performance.now()
  const processor = process.cpuUsage()
  const texts = fineTuningTexts(items)
  if (recipe.replaySource === 'own') {
    const unlabelled = drawReplay(
      Array.from(others, (_, index) => corrected.length + index).map((imageId) => ({ imageId, draw: imageId })),
      wantedReplay(texts.corrections.size),
    )
    texts.replay = await ownCaptions(context, { parent: base, features, keys: new Map(unlabelled.map((id) => [id, keys.get(id) ?? ''])), folder })
  }
  const { run, finished, gate, weights } = await fineTuneAndJudge(context, {
    recipe,
    parent: base,
    texts,
    keys,
    features,
    documentFrequency: await base.documentFrequency(),
    checkpointFolder: folder,
    errors: new Map(),
  })
  const { user, system } = process.cpuUsage(processor)
  return {
    run,
    finished,
    gate,
    heldOut: texts.heldOut.size,
    model: gate.verdict === 'worse' ? base : { ...run.start, weights },
    minutes: (performance.now() - begun) / 60_000,
    processorMinutes: (user + system) / 60e6,
  }
}

function benchContext(workspaceFolder: string, threads: number): JobContext {
  return {
    environment: { jobId: 0, workspaceFolder, modelRoots: [], encoderRoots: [], provider: 'cpu', threads, attempt: 1 },
    emit: () => Promise.resolve(),
    progress: () => undefined,
    signal: new AbortController().signal,
    unpaused: () => Promise.resolve(),
    executed: () => undefined,
  }
}

/** A model's captions (beam 3) and their scores by a stored table. */
export async function judge(
  { captioner, weights, vocabulary }: WordedCaptioner,
  features: CachedFeatures,
  images: readonly EvaluationImage[],
  table: DocumentFrequency,
  threads: number,
): Promise<{ texts: string[]; scores: CorpusScores }> {
  const decoder = await openCaptionDecoder(captioner, weights, { threads })
  try {
    return await evaluateCaptions(decoder, vocabulary, features, images, { method: { kind: 'beam', beams: 3 } }, table)
  } finally {
    await decoder.close()
  }
}
