/** The training itself: runs the loop over a snapshot's examples and tells the curve; resumes from the job's checkpoints. */
import type { JobContext } from '#shared/jobs.ts'
import type { TrainingPoint } from '#shared/domain.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { TrainingExample } from '#engine/training/data/batches.ts'
import type { CachedFeatures } from '#engine/captioning/cached-features.ts'
import { captionFromFeatures, captionText } from '#engine/captioning/caption-from-features.ts'
import { evaluateCaptions, type EvaluationImage } from '#engine/training/loop/evaluate-captions.ts'
import type { EvaluationResult, TrainingEvent } from '#engine/training/loop/events.ts'
import type { GrownCaptioner } from '#engine/training/data/grow-vocabulary.ts'
import { interpolateWeights } from '#engine/training/optimiser/interpolate-weights.ts'
import type { TrainingRecipe } from '#engine/training/runs/recipe.ts'
import { trainCaptioner } from '#engine/training/loop/train.ts'
import type { Weights } from '#engine/captioners/captioner.ts'
import { sessionOptions, tellProvider } from '#engine/runtime/job-runtime.ts'
import { knownScores } from '#engine/scoring/scoring.ts'

export interface FineTuning {
  /** The parent, with the words that join its vocabulary. */
  start: GrownCaptioner
  recipe: TrainingRecipe
  /** Share of what was learned that is kept: the model lies between its parent and where training led. */
  keep: number
  examples: TrainingExample[]
  replay: TrainingExample[]
  /** Held-out corrections, for early stopping; the last weights are kept where there are too few to judge by. */
  judged: EvaluationImage[]
  /** Images whose captions are shown while it learns. */
  pinned: { imageId: number; key: string }[]
  /** Words of the corrections that joined the vocabulary, and those that it still lacks. */
  joined: readonly string[]
  unknown: readonly string[]
  features: CachedFeatures
  documentFrequency: DocumentFrequency
  checkpointFolder: string
}

export type Finished = Extract<TrainingEvent, { kind: 'finished' }>

const pointsAtOnce = 10
/** As the model is used: beam search never writes UNK, which corrections of a new domain teach it to think of. */
const method = { kind: 'beam', beams: 3 } as const

/** Trains to the end (or to a cancel that keeps what is there). @throws AppError `cancelled`, … as trainCaptioner */
export async function fineTune(context: JobContext, run: FineTuning): Promise<Finished> {
  const { start, recipe } = run
  let totalSteps = 0
  let points: TrainingPoint[] = []
  let finished: Finished | undefined
  const flush = async (): Promise<void> => {
    if (points.length > 0) await context.emit({ kind: 'training-points', totalSteps, points })
    points = []
  }
  const training = trainCaptioner({
    captioner: start.captioner,
    start: start.weights,
    teacher: start.teacher,
    recipe,
    examples: run.examples,
    replay: run.replay,
    features: run.features,
    evaluate: (weights, step) => judge(context, run, kept(run, weights), step),
    checkpointFolder: run.checkpointFolder,
    resume: true,
    session: sessionOptions(context),
    signal: context.signal,
    unpaused: () => context.unpaused(),
  })
  for await (const event of training) {
    switch (event.kind) {
      case 'started':
        totalSteps = event.totalSteps
        tellProvider(context, event.provider)
        if (event.step === 0) await tellSample(context, run, 0, 0, await judge(context, run, start.teacher, 0))
        break
      case 'step': {
        const { step, epoch, loss, learningRate, tokensPerSecond } = event
        points.push({ step, epoch, loss, learningRate, speed: tokensPerSecond })
        if (points.length >= pointsAtOnce) await flush()
        context.progress({ done: step, total: totalSteps, unit: 'steps', message: `Epoch ${Math.ceil(epoch)} of ${recipe.epochs}, loss ${loss.toFixed(3)}` })
        break
      }
      case 'evaluation':
        await flush()
        await tellSample(context, run, event.step, event.epoch, event)
        break
      case 'checkpoint':
        await flush() // a run that goes on from here does not repeat these steps
        break
      case 'finished':
        finished = { ...event, weights: kept(run, event.weights) }
        break
    }
  }
  await flush()
  if (!finished) throw new Error('training ended without a result')
  return finished
}

function kept({ start, keep }: FineTuning, learned: Weights): Weights {
  return interpolateWeights(start.weights, learned, keep)
}

/** Below this a CIDEr is chance: the run is then not judged, and its last weights are kept. */
export const fewestJudged = 3

async function judge(context: JobContext, run: FineTuning, weights: Weights, step: number): Promise<EvaluationResult> {
  const { start, judged, pinned, features } = run
  const decoder = await openCaptionDecoder(start.captioner, weights, sessionOptions(context))
  try {
    const keys = pinned.map(({ key }) => key)
    const captions = await captionFromFeatures(decoder, features, keys, { method })
    const samples = captions.map(([best], index) => ({ key: keys[index], text: captionText(start.vocabulary, best.ids) }))
    if (judged.length < fewestJudged) return { score: step, scores: {}, samples }
    const { scores } = await evaluateCaptions(decoder, start.vocabulary, features, judged, { method }, run.documentFrequency)
    return { score: scores.corpus['CIDEr'], scores: scores.corpus, samples }
  } finally {
    await decoder.close()
  }
}

async function tellSample(context: JobContext, { pinned }: FineTuning, step: number, epoch: number, { scores, samples }: EvaluationResult): Promise<void> {
  const captions = samples.map(({ text }, index) => ({ imageId: pinned[index].imageId, text }))
  await context.emit({ kind: 'training-sample', sample: { step, epoch, scores: knownScores(scores), captions } })
}
