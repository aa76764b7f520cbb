/** The training itself: runs the loop over a snapshot's examples and tells the curve; resumes from the job's checkpoints. */
import { join } from 'node:path'
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
import type { WordRows } from '#engine/training/optimiser/new-rows.ts'
import type { TrainingRecipe } from '#engine/training/runs/recipe.ts'
import { trainCaptioner } from '#engine/training/loop/train.ts'
import type { Weights } from '#engine/captioners/captioner.ts'
import { sessionOptions, tellProvider } from '#engine/runtime/job-runtime.ts'
import { copyWeights } from '#engine/training/optimiser/parameter-store.ts'
import { fewestJudged, onlyLoses } from '#shared/fine-tuning.ts'
import { gateSide } from './gate.ts'
import type { LossCounts } from './learning-method.ts'
import { judgedMethod, judgeSets, type Judging } from './judging.ts'
import { knownScores } from '#engine/scoring/scoring.ts'

/** A photo whose correction nothing learns from. */
export interface CorrectedPhoto extends EvaluationImage {
  imageId: number
}

export interface FineTuning {
  /** The parent, with the words that join its vocabulary. */
  start: GrownCaptioner
  /** One after the other, each from where the one before led. */
  stages: TrainingRecipe[]
  /** How it learns, and why so, in a sentence. */
  method: string
  /** Share of what was learned that is kept: the model lies between its parent and where training led. */
  keep: number
  /** When a share loses too much by the photos that choose. */
  lossCounts: LossCounts
  examples: TrainingExample[]
  /** Ids of the words that joined. */
  newWords?: WordRows
  replay: TrainingExample[]
  /** Held-out corrections that the gate judges by. */
  judged: CorrectedPhoto[]
  /** Other held-out corrections: they tell when to stop. */
  stopping: CorrectedPhoto[]
  /** Photos of the parent's domain that are not rehearsed, for the gate. */
  domain: EvaluationImage[]
  /** Others of them: they tell when to stop, and how much of what was learned to keep. */
  choosing: EvaluationImage[]
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

/**
 * Trains stage by stage to the end, to a cancel that keeps what is there, or until half of the last stage's steps only lost against the parent (what imitation loses, the
 * self-critical stage after it wins back). The weights are those that were learned: the gate decides how much of it is kept. @throws AppError `cancelled`, … as trainCaptioner
 */
export async function fineTune(context: JobContext, run: FineTuning): Promise<Finished> {
  let told: Progress = { from: run.start.weights, step: 0, seconds: 0 }
  let finished: Finished | undefined
  for (const [index, recipe] of run.stages.entries()) {
    const folder = index === 0 ? run.checkpointFolder : join(run.checkpointFolder, `stage-${index + 1}`)
    const ended = await trainStage(context, run, { recipe, folder, before: told, last: index === run.stages.length - 1 })
    finished = {
      ...ended,
      step: told.step + ended.step,
      bestStep: ended.bestStep === null ? null : told.step + ended.bestStep,
      seconds: told.seconds + ended.seconds,
    }
    told = { from: finished.weights, step: finished.step, seconds: finished.seconds }
    if (finished.reason !== 'done') break
  }
  if (!finished) throw new Error('training ended without a result')
  return finished
}

/** What the stages before left. */
interface Progress {
  from: Weights
  step: number
  seconds: number
}

interface Stage {
  recipe: TrainingRecipe
  /** Of its checkpoints. */
  folder: string
  before: Progress
  /** A loss halfway through it ends the run. */
  last: boolean
}

async function trainStage(context: JobContext, run: FineTuning, { recipe, folder, before, last }: Stage): Promise<Finished> {
  const { start } = run
  let totalSteps = 0
  let points: TrainingPoint[] = []
  let finished: Finished | undefined
  const atHalf: { step: number; lost: boolean; weights: Weights } = { step: 0, lost: false, weights: new Map() }
  const begun = performance.now()
  const flush = async (): Promise<void> => {
    if (points.length > 0) await context.emit({ kind: 'training-points', totalSteps: before.step + totalSteps, points })
    points = []
  }
  const training = trainCaptioner({
    captioner: start.captioner,
    start: before.from,
    teacher: start.teacher,
    recipe,
    // A photo that only has a rejected candidate has nothing that rewards could compare with.
    examples: recipe.objective.kind === 'self-critical' ? run.examples.filter(({ captions }) => captions.length > 0) : run.examples,
    ...(run.newWords && { newWords: run.newWords }),
    replay: run.replay,
    features: run.features,
    evaluate: async (weights, step) => {
      const learned = kept(run, weights)
      if (last && step < totalSteps && step - atHalf.step >= totalSteps / 2) {
        Object.assign(atHalf, { step, lost: await losesHalfway(context, run, learned), weights: copyWeights(weights) })
      }
      return judge(context, run, learned, step)
    },
    checkpointFolder: folder,
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
        if (before.step + event.step === 0) await tellSample(context, run, 0, 0, await judge(context, run, start.teacher, 0))
        break
      case 'step': {
        const { epoch, loss, learningRate, tokensPerSecond } = event
        const step = before.step + event.step
        points.push({ step, epoch, loss, learningRate, speed: tokensPerSecond })
        if (points.length >= pointsAtOnce) await flush()
        const message = `${recipe.name}: epoch ${Math.ceil(epoch)} of ${recipe.epochs}, loss ${loss.toFixed(3)}`
        context.progress({ done: step, total: before.step + totalSteps, unit: 'steps', message })
        break
      }
      case 'evaluation':
        await flush()
        await tellSample(context, run, before.step + event.step, event.epoch, event)
        if (atHalf.lost) {
          const seconds = (performance.now() - begun) / 1000
          return { kind: 'finished', step: event.step, reason: 'no-gain', bestScore: null, bestStep: null, seconds, weights: atHalf.weights }
        }
        break
      case 'checkpoint':
        await flush() // a run that goes on from here does not repeat these steps
        break
      case 'finished':
        finished = event
        break
    }
  }
  await flush()
  if (!finished) throw new Error('training ended without a result')
  return finished
}

/** The weights between the parent's and those learned that the recipe keeps. */
export function kept({ start, keep }: Pick<FineTuning, 'start' | 'keep'>, learned: Weights): Weights {
  return interpolateWeights(start.weights, learned, keep)
}

/** By photos that the gate does not judge by. */
async function losesHalfway(context: JobContext, run: FineTuning, learned: Weights): Promise<boolean> {
  const { stopping, choosing, start } = run
  const before = await judgeSets(judgingOf(context, run), start.teacher, [stopping, choosing])
  const after = await judgeSets(judgingOf(context, run), learned, [stopping, choosing])
  const [corrections, rest] = before.map(({ scores }, set) => gateSide({ before: scores, after: after[set].scores }))
  return onlyLoses(corrections, rest)
}

/** What both models of a run are judged with. */
export function judgingOf(context: JobContext, { start, features, documentFrequency }: FineTuning): Judging {
  const { captioner, vocabulary } = start
  return { captioner, vocabulary, features, documentFrequency, session: sessionOptions(context) }
}

/** Scores of all held-out corrections for the curve. Only a run with patience is stopped, and only by those that judge nothing. */
async function judge(context: JobContext, run: FineTuning, weights: Weights, step: number): Promise<EvaluationResult> {
  const { start, judged, stopping, pinned, features } = run
  const watched = [...stopping, ...judged]
  const decoder = await openCaptionDecoder(start.captioner, weights, sessionOptions(context))
  try {
    const keys = pinned.map(({ key }) => key)
    const captions = await captionFromFeatures(decoder, features, keys, { method: judgedMethod })
    const samples = captions.map(([best], index) => ({ key: keys[index], text: captionText(start.vocabulary, best.ids) }))
    if (watched.length < fewestJudged) return { score: step, scores: {}, samples }
    const { scores } = await evaluateCaptions(decoder, start.vocabulary, features, watched, { method: judgedMethod }, run.documentFrequency)
    if (run.stages[0].evaluation.patience === 0) return { score: step, scores: scores.corpus, samples }
    const stopped = [...scores.perImage.values()].slice(0, stopping.length)
    return { score: stopped.reduce((sum, each) => sum + each['CIDEr'], 0) / stopped.length, scores: scores.corpus, samples }
  } finally {
    await decoder.close()
  }
}

async function tellSample(context: JobContext, { pinned }: FineTuning, step: number, epoch: number, { scores, samples }: EvaluationResult): Promise<void> {
  const captions = samples.map(({ text }, index) => ({ imageId: pinned[index].imageId, text }))
  await context.emit({ kind: 'training-sample', sample: { step, epoch, scores: knownScores(scores), captions } })
}
