/**
 * The training loop: batch → forward and backward in onnxruntime → AdamW → now and then an evaluation and a checkpoint. Everything a step
 * does follows from (recipe, seed, step), so that a run that was killed goes on from its last checkpoint with the same bits.
 */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Captioner, ParameterSpec, Weights } from '#engine/captioners/captioner.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import { batchPlanner, fillBatch, type TrainingExample } from '../data/batches.ts'
import { packedSizesOf, sizesOfWritten } from '../data/packing.ts'
import { loadCheckpoint, writeCheckpoint, type Checkpoint } from '../runs/checkpoint.ts'
import { openDistillation } from '../objectives/distillation.ts'
import { openPreference } from '../objectives/preference.ts'
import type { EvaluationResult, TrainingEvent } from './events.ts'
import { isWordMatrix, onlyRows, type WordRows } from '../optimiser/new-rows.ts'
import { createOptimizer } from '../optimiser/optimizer.ts'
import { copyWeights, createParameterStore, type ParameterStore } from '../optimiser/parameter-store.ts'
import type { SelfCriticalObjective, TrainingRecipe } from '../runs/recipe.ts'
import { learningRateAt } from '../optimiser/schedule.ts'
import { openSelfCritical } from '../objectives/self-critical.ts'
import { openTrainingSession, type TrainingGraphs } from './training-session.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { requireRegions } from '#engine/captioning/visual-batch.ts'

export interface TrainingRun {
  captioner: Captioner
  /** Fresh weights (`initialWeights`) or a parent's. */
  start: Weights
  recipe: TrainingRecipe
  examples: readonly TrainingExample[]
  /** Examples mixed in against forgetting, by the recipe's `replay` share. */
  replay?: readonly TrainingExample[]
  features: FeatureSource
  /** Whom the recipe's `distillation` holds the captioner near to (default: the start). */
  teacher?: Weights
  /** Ids of the words that joined the captioner's vocabulary: where the recipe lets biases learn, so do these words' rows. */
  newWords?: WordRows
  /** Judges weights, most often by captioning dev photos. Without it nothing stops early and the last weights are kept. */
  evaluate?: (weights: Weights, step: number) => Promise<EvaluationResult>
  /** Judge the start, too, and keep it where nothing after it is better: for a run that goes on from trained weights. */
  judgeStart?: boolean
  /** Folder of the run's checkpoints; without it there are none. */
  checkpointFolder?: string
  /** Go on from the newest checkpoint, if there is one. */
  resume?: boolean
  session?: SessionOptions
  /** Aborting ends the run after the step in hand, with a checkpoint. With the reason 'keep' it finishes with what is there. */
  signal?: AbortSignal
  /** Awaited before every step: pends while the run is paused. */
  unpaused?: () => Promise<void>
}

/** Steps in a row whose loss or gradient is not a number before the run gives up. */
const toleratedFailures = 10

/**
 * Trains a captioner and tells of every step. Runs in a process of its own: it blocks the event loop during a step and lets go between steps.
 * @throws AppError `cancelled` (a checkpoint is kept), `too-little-data`, `conflict` (checkpoint of another run), `internal` (diverged)
 */
export async function* trainCaptioner(run: TrainingRun): AsyncGenerator<TrainingEvent, void, void> {
  const { captioner, recipe, examples, features, signal, replay = [] } = run
  if (examples.length === 0) {
    throw new AppError('too-little-data', 'There is nothing to learn from.', { todo: 'Add captioned photos to the training set.' })
  }
  requireRegions(captioner, features)
  const { objective } = recipe
  const captionsPerImage = objective.kind === 'self-critical' ? objective.samples : recipe.captionsPerImage
  const planner = batchPlanner(examples, replay, {
    seed: recipe.seed,
    batchImages: recipe.batchImages,
    captionsPerImage,
    mirror: recipe.features.mirror && features.mirrored,
    replayShare: recipe.replay,
  })
  const { stepsPerEpoch } = planner
  const totalSteps = stepsPerEpoch * recipe.epochs
  const trainable = partsThatLearn(run)
  const rows = recipe.parts === 'biases' ? run.newWords : undefined
  const { weightDecay, learningRate: peak } = recipe.optimizer
  const store = createParameterStore(captioner, run.start, { trainable, weightDecay, averaging: recipe.averaging > 0 })
  const fingerprint = fingerprintOf(run)
  const progress = await resumedOrFresh(run, store, fingerprint)
  const prefers = objective.kind === 'cross-entropy' && examples.some(({ contrasts = [] }) => contrasts.length > 0) ? recipe.preference : undefined
  const shape = {
    images: recipe.batchImages,
    captionsPerImage: captionsPerImage + (prefers === undefined ? 0 : 1),
    steps: recipe.maximumWords + 1,
    visualTokens: features.visualTokens,
  }
  const labelSmoothing = objective.kind === 'self-critical' || prefers !== undefined ? 0 : recipe.labelSmoothing
  const distilled = recipe.distillation > 0 && objective.kind === 'cross-entropy'
  const allPlaces = shape.images * shape.captionsPerImage * shape.steps
  const written = objective.kind === 'self-critical'
  const graphs: TrainingGraphs = {
    shape,
    sizes: written
      ? sizesOfWritten(allPlaces)
      : packedSizesOf(planner, { allPlaces, steps: shape.steps, totalSteps, cutCaptions: recipe.cutCaptions, contrasts: prefers !== undefined }),
    graphOf: (size) =>
      captioner.trainingGraph(size, {
        labelSmoothing,
        dropout: (run.session?.provider ?? 'cpu') === 'cpu' ? 'fed' : 'sliced',
        trainable,
        teacher: distilled,
        suppressUnknown: written,
      }),
  }
  const session = await openTrainingSession(graphs, features.featureWidth, store, { seed: recipe.seed, session: run.session ?? {} })
  const selfCritical =
    objective.kind === 'self-critical'
      ? await openSelfCritical({
          captioner,
          store,
          examples: rewarded(run, objective),
          features,
          ...objective,
          steps: shape.steps,
          seed: recipe.seed,
          session: run.session ?? {},
        })
      : undefined
  const distillation = distilled
    ? await openDistillation({ captioner, teacher: run.teacher ?? run.start, shape, weight: recipe.distillation, session: run.session ?? {} })
    : undefined
  const preference =
    prefers === undefined
      ? undefined
      : await openPreference({
          ...prefers,
          ...{ captioner, current: store.values, start: run.start, shape, cutCaptions: recipe.cutCaptions, examples, features, session: run.session ?? {} },
        })
  const optimizer = await createOptimizer(store, recipe.optimizer, recipe.averaging, run.session?.threads)
  const saved = async (): Promise<TrainingEvent[]> => {
    if (run.checkpointFolder === undefined) return []
    return [{ kind: 'checkpoint', step: progress.state.step, file: await writeCheckpoint(run.checkpointFolder, store, progress) }]
  }
  try {
    const { state } = progress
    yield {
      kind: 'started',
      step: state.step,
      totalSteps,
      stepsPerEpoch,
      parameters: countValues(store.values),
      learning: store.arrays.values.length,
      provider: session.provider,
    }
    if (run.judgeStart === true && run.evaluate !== undefined && state.step === 0) {
      const result = await run.evaluate(store.evaluated, 0)
      Object.assign(state, { bestScore: result.score, bestStep: 0 })
      progress.best = copyWeights(store.evaluated)
      yield { kind: 'evaluation', step: 0, epoch: 0, best: true, ...result }
    }
    let failures = 0
    let reason: 'done' | 'no-gain' | 'kept' = 'done'
    while (state.step < totalSteps) {
      if (recipe.evaluation.patience > 0 && state.evaluationsWithoutGain >= recipe.evaluation.patience) {
        reason = 'no-gain'
        break
      }
      await run.unpaused?.()
      await setImmediate()
      if (signal?.aborted === true) {
        yield* await saved()
        if (signal.reason !== 'keep') throw cancelled(state.step)
        reason = 'kept'
        break
      }
      const begun = performance.now()
      const step = state.step + 1
      const plan = planner.plan(step)
      const { words, ...rewarded } = selfCritical
        ? await selfCritical.fill(session.batch, plan, step)
        : { words: fillBatch(session.batch, plan, shape.steps, features, recipe.cutCaptions) }
      if (session.teacher !== undefined) await distillation?.fill(session.teacher, session.batch, plan)
      const preferred = await preference?.fill(session.batch, plan)
      const ofGraph = await session.run(step, Math.floor(state.step / stepsPerEpoch))
      const loss = preferred === undefined ? ofGraph : ofGraph - preferred.surrogate + preferred.loss
      const setting = { peak, width: captioner.config.width, totalSteps, stepsPerEpoch }
      const learningRate = learningRateAt(recipe.schedule, setting, step)
      if (rows !== undefined) onlyRows(captioner, store, rows)
      const gradientNorm = await optimizer.update(step, learningRate)
      failures = Number.isFinite(loss) && Number.isFinite(gradientNorm) ? 0 : failures + 1
      if (failures === toleratedFailures) throw diverged(step)
      const seconds = (performance.now() - begun) / 1000
      state.step = step
      state.seconds += seconds
      yield {
        kind: 'step',
        step,
        epoch: step / stepsPerEpoch,
        loss,
        ...rewarded,
        learningRate,
        gradientNorm,
        tokensPerSecond: (words + (preferred?.words ?? 0)) / seconds,
      }

      const evaluationDue = run.evaluate !== undefined && (step % (stepsPerEpoch * recipe.evaluation.everyEpochs) === 0 || step === totalSteps)
      if (run.evaluate !== undefined && evaluationDue) {
        const result = await run.evaluate(store.evaluated, step)
        const best = state.bestScore === null || result.score > state.bestScore
        if (best) {
          Object.assign(state, { bestScore: result.score, bestStep: step })
          progress.best = copyWeights(store.evaluated)
        }
        state.evaluationsWithoutGain = best ? 0 : state.evaluationsWithoutGain + 1
        yield { kind: 'evaluation', step, epoch: step / stepsPerEpoch, best, ...result }
      }
      if (evaluationDue || step % recipe.checkpointSteps === 0 || step === totalSteps) yield* await saved()
    }
    const weights = progress.best.size > 0 ? progress.best : copyWeights(store.evaluated)
    const { step, bestScore, bestStep, seconds } = state
    yield { kind: 'finished', step, reason, bestScore, bestStep, seconds, weights }
  } finally {
    await selfCritical?.close()
    await distillation?.close()
    await preference?.close()
    await optimizer.close()
    await session.close()
  }
}

/** Each photo once, however often an epoch shows it: what the reward's document frequencies are counted over. */
function rewarded({ examples, replay = [] }: TrainingRun, { frequencies }: SelfCriticalObjective): TrainingExample[] {
  return [...new Set(frequencies === 'all' ? [...examples, ...replay] : examples)]
}

function partsThatLearn({ captioner, recipe: { parts }, newWords }: TrainingRun): (spec: ParameterSpec) => boolean {
  switch (parts) {
    case 'all':
      return () => true
    case 'decoder':
      return ({ part }) => part === 'decoder' || part === 'generator'
    case 'biases':
      return (spec) => spec.shape.length === 1 || (newWords !== undefined && isWordMatrix(captioner, spec))
    default:
      return assertNever(parts)
  }
}

async function resumedOrFresh(run: TrainingRun, store: ParameterStore, fingerprint: string): Promise<Checkpoint> {
  if (run.resume === true && run.checkpointFolder !== undefined) {
    const checkpoint = await loadCheckpoint(run.checkpointFolder, store, fingerprint)
    if (checkpoint !== undefined) return checkpoint
  }
  const state = { formatVersion: 1 as const, step: 0, fingerprint, bestScore: null, bestStep: null, evaluationsWithoutGain: 0, seconds: 0 }
  return { state, best: new Map() }
}

/** What must be equal for a checkpoint to go on exactly: the recipe, the captioner and the data. */
export function fingerprintOf({
  recipe,
  captioner,
  examples,
  replay = [],
  features,
}: Pick<TrainingRun, 'recipe' | 'captioner' | 'examples' | 'replay' | 'features'>): string {
  const hash = createHash('sha256')
  // How often it is evaluated or saved changes no step.
  const { evaluation: _evaluation, checkpointSteps: _checkpointSteps, name: _name, ...decisive } = recipe
  const told = { ...decisive, objective: asBeforeBaselines(recipe.objective) }
  hash.update(JSON.stringify({ decisive: told, config: captioner.config, visualTokens: features.visualTokens, mirrored: features.mirrored }))
  for (const { key, captions, weight, emphasis, contrasts = [] } of [...examples, ...replay]) {
    hash.update(`${key} ${weight}\n`)
    for (const caption of captions) {
      hash.update(caption)
      const words = emphasis?.get(caption)
      if (words !== undefined) hash.update(words)
    }
    for (const { preferred, rejected, weight: counts } of contrasts) {
      hash.update(`${preferred === undefined ? 'rejected' : captions.indexOf(preferred)} ${counts}\n`)
      hash.update(rejected)
    }
  }
  return hash.digest('hex')
}

/** Options that came later are left out at their defaults, so that checkpoints from before go on. */
function asBeforeBaselines(objective: TrainingRecipe['objective']): object {
  if (objective.kind !== 'self-critical') return objective
  const { baseline, references, frequencies, ...before } = objective
  return {
    ...before,
    ...(baseline !== 'leave-one-out' && { baseline }),
    ...(references !== 'whole' && { references }),
    ...(frequencies !== 'examples' && { frequencies }),
  }
}

function countValues(weights: Weights): number {
  let count = 0
  for (const values of weights.values()) count += values.length
  return count
}

function cancelled(step: number): AppError {
  return new AppError('cancelled', `Training was stopped after step ${step}.`, { kept: 'A checkpoint is kept.', todo: 'Resume it at any time.' })
}

function diverged(step: number): AppError {
  return new AppError('internal', `Training diverged: the loss was no number for ${toleratedFailures} steps up to step ${step}.`, {
    kept: 'The last checkpoint is kept.',
    todo: 'Start again with a smaller learning rate or a longer warm-up.',
  })
}
