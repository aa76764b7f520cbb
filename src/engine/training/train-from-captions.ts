/** A whole training run from captioned photos to a model package: features, vocabulary, training, dev scores, model card. */
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { DecodingMethod } from '#engine/decoding/decode.ts'
import type { ModelManifest } from '#engine/models/manifest.ts'
import { readModelPackage, writeModelPackage, type ModelPackage } from '#engine/models/model-package.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import type { Vocabulary } from '#engine/text/vocabulary.ts'
import { openEncoder } from '#engine/vision/encoder.ts'
import { AppError, sentence } from '#shared/errors.ts'
import type { Captioner, Weights } from '#engine/captioners/captioner.ts'
import type { FeatureSource } from './batches.ts'
import { ensureFeatures, openCachedFeatures, type CachedFeatures } from './cached-features.ts'
import type { CaptionedImage } from './caption-data.ts'
import { CurveWriter, type CurvePoint } from './curve.ts'
import { evaluateCaptions, type CaptionEvaluation } from './evaluate-captions.ts'
import type { TrainingEvent } from './events.ts'
import { modelCard, curveDrawing } from './model-card.ts'
import { initialWeights } from './parameter-store.ts'
import { evaluationImages, prepareTraining, type JudgedImage } from './prepare.ts'
import type { TrainingRecipe } from './recipe.ts'
import { storedDocumentFrequency } from './stored-document-frequency.ts'
import { trainCaptioner } from './train.ts'

export interface TrainFromCaptions {
  train: readonly CaptionedImage[]
  dev: readonly CaptionedImage[]
  /** What the data is, for the model card. */
  dataNote: string
  /** Whose the data is and under which terms, a sentence without its full stop. */
  terms: string
  out: string
  name: string
  recipe: TrainingRecipe
  /** Go on from this model's weights instead of fresh ones; it must have the same sizes and vocabulary. */
  parent?: ModelPackage
  encoderFolder: string
  featureFolder: string
  checkpointFolder: string
  resume: boolean
  /** Train no more: make the package from the best weights of the newest checkpoint. */
  finish: boolean
  replace: boolean
  /** Beam widths that the stored model is judged with, 1 and 3 unless told. */
  judgedBeams?: readonly number[]
  session: SessionOptions
  signal: AbortSignal
  /** Awaited before every step: pends while the run is paused. */
  unpaused?: () => Promise<void>
  tell: {
    stage(title: string): void
    progress(done: number, total: number, note?: string): void
    note(text: string): void
  }
}

/** What a run leaves beside the package. */
export interface TrainedFromCaptions {
  manifest: ModelManifest
  /** Steps done in all, those before a resume included. */
  steps: number
  curve: readonly CurvePoint[]
  judged: readonly JudgedCaptions[]
}

/** What the stored model wrote about the photos to judge by. */
export interface JudgedCaptions {
  beam: number
  /** Of decoding and scoring all of them, features at hand. */
  seconds: number
  captions: readonly { path: string; text: string }[]
}

/** Beam widths of the scores that a package reports. */
const reportedBeams = [1, 3]
const pointEvery = 20

/** Runs it all. Throws what the parts throw; a run that was stopped goes on from its checkpoints with `resume`. */
export async function trainFromCaptions(run: TrainFromCaptions): Promise<TrainedFromCaptions> {
  const { recipe, tell, signal } = run
  const encoder = await openEncoder(run.encoderFolder, run.session)
  const features = openCachedFeatures(run.featureFolder, encoder.manifest, recipe.features)
  try {
    const found = await bothSplits(run, encoder, features)
    await encoder.close()
    const { captioner, vocabulary, examples } = prepareTraining(run.train, found, features, recipe)
    const dev = evaluationImages(run.dev, found)
    tell.note(`${examples.length} photos to learn from, ${dev.length} to judge by, ${vocabulary.words.length} words`)

    const judge = async (weights: Weights, method: DecodingMethod): Promise<CaptionEvaluation> => {
      const decoder = await openCaptionDecoder(captioner, weights, run.session)
      try {
        return await evaluateCaptions(decoder, vocabulary, features, dev, { method, signal })
      } finally {
        await decoder.close()
      }
    }
    const method: DecodingMethod = recipe.evaluation.beam === 1 ? { kind: 'greedy' } : { kind: 'beam', beams: recipe.evaluation.beam }
    let curve: CurveWriter | undefined
    let finished: Extract<TrainingEvent, { kind: 'finished' }> | undefined
    let totalSteps = 0
    tell.stage('training')
    for await (const event of trainCaptioner({
      captioner,
      start: run.parent === undefined ? initialWeights(captioner, recipe.seed) : inherited(run.parent, captioner, vocabulary),
      recipe,
      examples,
      features,
      evaluate: async (weights) => {
        const { texts, scores } = await judge(weights, method)
        const samples = dev.slice(0, 8).map(({ key }, index) => ({ key, text: texts[index] }))
        return { score: scores.corpus['CIDEr'], scores: scores.corpus, samples }
      },
      checkpointFolder: run.checkpointFolder,
      resume: run.resume || run.finish,
      session: run.session,
      signal: run.finish ? AbortSignal.abort('keep') : signal,
      ...(run.unpaused === undefined ? {} : { unpaused: run.unpaused }),
    })) {
      if (event.kind === 'started') {
        curve = await CurveWriter.open(join(run.checkpointFolder, 'curve.jsonl'), event.step, pointEvery)
        totalSteps = event.totalSteps
        tell.note(`${event.parameters} parameters, ${event.totalSteps} steps, from step ${event.step}, on ${event.provider}`)
      }
      const point = await curve?.take(event)
      if (event.kind === 'step') tell.progress(event.step, totalSteps, measureOf(event))
      if (point?.kind === 'step') {
        const { step, epoch, learningRate, tokensPerSecond } = point
        tell.note(`step ${step} epoch ${epoch.toFixed(2)} ${measureOf(point)} rate ${learningRate.toExponential(2)} ${tokensPerSecond.toFixed(0)} tokens/s`)
      }
      if (event.kind === 'evaluation') {
        tell.note(`epoch ${event.epoch.toFixed(2)} dev CIDEr ${event.score.toFixed(4)} BLEU-4 ${event.scores['Bleu_4'].toFixed(4)}${event.best ? ' (best)' : ''}`)
        for (const { text } of event.samples) tell.note(`  ${text}`)
      }
      if (event.kind === 'finished') finished = event
    }
    if (finished === undefined) throw new Error('training ended without a result')
    tell.stage('judging')
    return await writeResult(run, { captioner, vocabulary, features, dev, examples: examples.length, finished, curve: curve?.points ?? [] })
  } finally {
    await features.close()
  }
}

/** The parent's weights. @throws AppError `conflict` where it was built for other sizes or other words */
function inherited(parent: ModelPackage, captioner: Captioner, vocabulary: Vocabulary): Weights {
  const sameSizes = isDeepStrictEqual({ ...parent.captioner.config, ...dropoutRates }, { ...captioner.config, ...dropoutRates })
  if (sameSizes && isDeepStrictEqual(parent.vocabulary.words, vocabulary.words)) return parent.weights
  throw new AppError('conflict', `The model “${parent.manifest.name}” has other ${sameSizes ? 'words' : 'sizes'} than this run.`, {
    todo: 'Train with the recipe sizes and the captions that it was trained with, or start afresh.',
  })
}

/** May differ between a model and the run that goes on from it. */
const dropoutRates = { dropout: 0, visualDropout: 0 }

/** What falls or rises in training: the loss, or the reward of what was sampled. */
function measureOf({ loss, reward }: { loss: number; reward?: number | undefined }): string {
  return reward === undefined ? `loss ${loss.toFixed(4)}` : `reward ${reward.toFixed(4)}`
}

/** Features of both splits; only photos to learn from need mirrored ones. */
async function bothSplits(
  { train, dev, tell, signal }: TrainFromCaptions,
  encoder: Awaited<ReturnType<typeof openEncoder>>,
  { plain, mirror }: CachedFeatures,
): Promise<Map<string, string>> {
  const report = {
    signal,
    onProgress: tell.progress,
    onFailure: (path: string, reason: Parameters<typeof sentence>[0]) => tell.note(`left out ${path}: ${sentence(reason)}`),
  }
  tell.stage('features of photos to learn from')
  const learned = await ensureFeatures(
    train.map(({ path }) => path),
    encoder,
    mirror === undefined ? [plain] : [plain, mirror],
    report,
  )
  tell.stage('features of photos to judge by')
  const judged = await ensureFeatures(
    dev.map(({ path }) => path),
    encoder,
    [plain],
    report,
  )
  return new Map([...learned, ...judged])
}

interface Result {
  captioner: Captioner
  vocabulary: Vocabulary
  features: FeatureSource & Pick<CachedFeatures, 'plain'>
  dev: readonly JudgedImage[]
  examples: number
  finished: Extract<TrainingEvent, { kind: 'finished' }>
  curve: readonly CurvePoint[]
}

/** Writes the package, judges it as it was stored (in float16), and writes it again with these scores and the card. */
async function writeResult(run: TrainFromCaptions, result: Result): Promise<TrainedFromCaptions> {
  const { captioner, vocabulary, features, dev, finished } = result
  const { key } = features.plain
  const parts = {
    name: run.name,
    config: captioner.config,
    weights: finished.weights,
    encoder: { id: key.encoder, fingerprint: key.fingerprint, pooling: key.pooling, visualTokens: features.visualTokens },
    vocabulary,
    documentFrequency: storedDocumentFrequency(run.train.map(({ captions }) => captions), vocabulary),
    provenance: {
      parent: run.parent?.manifest.id ?? null,
      snapshot: null,
      recipe: { ...run.recipe },
      seed: run.recipe.seed,
      metrics: [],
      created: new Date().toISOString(),
      trainingSeconds: finished.seconds,
    },
    card: `# ${run.name}\n`,
  }
  await writeModelPackage(run.out, parts, { replace: run.replace })
  const stored = await readModelPackage(run.out)
  const decoder = await openCaptionDecoder(stored.captioner, stored.weights, run.session)
  const metrics: ModelManifest['provenance']['metrics'] = []
  const judged: JudgedCaptions[] = []
  for (const beam of run.judgedBeams ?? reportedBeams) {
    const method: DecodingMethod = beam === 1 ? { kind: 'greedy' } : { kind: 'beam', beams: beam }
    const begun = performance.now()
    const { texts, scores } = await evaluateCaptions(decoder, vocabulary, features, dev, { method, signal: run.signal, onProgress: (done) => run.tell.progress(done, dev.length) })
    judged.push({ beam, seconds: (performance.now() - begun) / 1000, captions: dev.map(({ path }, index) => ({ path, text: texts[index] })) })
    metrics.push({ set: 'dev', images: dev.length, beam, scores: scores.corpus })
    run.tell.note(`beam ${beam}: ${Object.entries(scores.corpus).map(([name, value]) => `${name} ${value.toFixed(4)}`).join(' ')}`)
  }
  const secondsPerImage = judged.reduce((sum, { seconds }) => sum + seconds, 0) / (judged.length * dev.length)
  await decoder.close()
  const provenance = { ...parts.provenance, metrics }
  const card = modelCard({ ...parts, provenance, dataNote: run.dataNote, terms: run.terms, learnedImages: result.examples, curve: result.curve, finished, secondsPerImage, parent: run.parent?.manifest })
  const manifest = await writeModelPackage(run.out, { ...parts, provenance, card, extraFiles: { 'curve.svg': curveDrawing(result.curve) } }, { replace: true })
  return { manifest, steps: finished.step, curve: result.curve, judged }
}
