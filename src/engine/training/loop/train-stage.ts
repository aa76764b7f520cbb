/** One stage of a training run: the loop with its curve and what is told of it, or its result where it was done before. */
import { join } from 'node:path'
import type { Captioner, Weights } from '#engine/captioners/captioner.ts'
import type { PackageScores } from '#engine/models/manifest.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import type { TrainingExample } from '../data/batches.ts'
import { CurveWriter, readCurve, type CurvePoint } from '../runs/curve.ts'
import type { TrainingEvent } from './events.ts'
import { methodForBeam } from '#engine/decoding/method-for-beam.ts'
import { judgeOnce, judgeWithBeams, type DevJudge } from './judge-dev.ts'
import type { TrainingRecipe } from '../runs/recipe.ts'
import { readStageResult, writeStageResult } from '../runs/stage-result.ts'
import { fingerprintOf, trainCaptioner } from './train.ts'

export type Finished = Extract<TrainingEvent, { kind: 'finished' }>

export interface StageRun {
  captioner: Captioner
  start: Weights
  recipe: TrainingRecipe
  examples: readonly TrainingExample[]
  features: FeatureSource
  /** Chooses the weights. */
  judge: DevJudge
  /** Judges the weights chosen, for the card: by other photos, where there are some. */
  scoring: DevJudge
  /** Does it go on from weights that were trained? Then these are kept where it never gets better. */
  startIsTrained: boolean
  /** Beam widths of the scores that are kept with its result. */
  scoredBeams: readonly number[]
  /** Of its checkpoints, its curve and its result. */
  folder: string
  resume: boolean
  session: SessionOptions
  signal: AbortSignal
  /** Awaited before every step: pends while the run is paused. */
  unpaused?: () => Promise<void>
  tell: { progress(done: number, total: number, note?: string): void; note(text: string): void }
}

/** How a stage went. */
export interface StageOutcome {
  recipe: TrainingRecipe
  /** Photos it learned from. */
  learnedImages: number
  finished: Omit<Finished, 'kind'>
  curve: readonly CurvePoint[]
  metrics: PackageScores[]
}

const pointEvery = 20
const samplesShown = 8

/** Trains, or reads what was trained before. @throws AppError as `trainCaptioner` and `readStageResult` */
export async function trainStage(run: StageRun): Promise<StageOutcome> {
  const { captioner, recipe, folder, tell } = run
  const curveFile = join(folder, 'curve.jsonl')
  const fingerprint = fingerprintOf(run)
  const { parameters: specs } = captioner
  const told = { recipe, learnedImages: run.examples.length }
  const before = run.resume ? await readStageResult(folder, specs, recipe.evaluation, fingerprint) : undefined
  if (before !== undefined) {
    tell.note(`done before: ${before.step} steps, dev CIDEr ${before.bestScore?.toFixed(4) ?? '–'}`)
    const { metrics, fingerprint: _fingerprint, ...finished } = before
    return { ...told, finished, curve: await readCurve(curveFile, before.step), metrics }
  }
  const { finished, curve } = await train(run, curveFile)
  const { kind: _kind, ...ended } = finished
  if (finished.reason === 'kept') return { ...told, finished: ended, curve, metrics: [] }
  const metrics = run.scoredBeams.length === 0 ? [] : (await judgeWithBeams(run.scoring, captioner, finished.weights, run.scoredBeams)).metrics
  await writeStageResult(folder, specs, recipe.evaluation, { ...ended, reason: finished.reason, fingerprint, metrics })
  return { ...told, finished: ended, curve, metrics }
}

async function train(run: StageRun, curveFile: string): Promise<{ finished: Finished; curve: readonly CurvePoint[] }> {
  const { captioner, recipe, judge, tell } = run
  let curve: CurveWriter | undefined
  let finished: Finished | undefined
  let totalSteps = 0
  for await (const event of trainCaptioner({
    captioner,
    start: run.start,
    recipe,
    examples: run.examples,
    features: run.features,
    evaluate: async (weights) => {
      const { texts, scores } = await judgeOnce(judge, captioner, weights, methodForBeam(recipe.evaluation.beam))
      const samples = judge.dev.slice(0, samplesShown).map(({ key }, index) => ({ key, text: texts[index] }))
      return { score: scores.corpus['CIDEr'], scores: scores.corpus, samples }
    },
    judgeStart: run.startIsTrained,
    checkpointFolder: run.folder,
    resume: run.resume,
    session: run.session,
    signal: run.signal,
    ...(run.unpaused === undefined ? {} : { unpaused: run.unpaused }),
  })) {
    if (event.kind === 'started') {
      curve = await CurveWriter.open(curveFile, event.step, pointEvery)
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
      tell.note(
        `epoch ${event.epoch.toFixed(2)} dev CIDEr ${event.score.toFixed(4)} BLEU-4 ${event.scores['Bleu_4'].toFixed(4)}${event.step === 0 ? ' (start)' : event.best ? ' (best)' : ''}`,
      )
      for (const { text } of event.samples) tell.note(`  ${text}`)
    }
    if (event.kind === 'finished') finished = event
  }
  if (finished === undefined) throw new Error('training ended without a result')
  if (finished.bestStep === 0)
    tell.note(`it never got better than its start (dev CIDEr ${finished.bestScore?.toFixed(4) ?? '–'}): the weights of the start are kept`)
  return { finished, curve: curve?.points ?? [] }
}

/** What falls or rises in training: the loss, or the reward of what was written. */
function measureOf({ loss, reward }: { loss: number; reward?: number | undefined }): string {
  return reward === undefined ? `loss ${loss.toFixed(4)}` : `reward ${reward.toFixed(4)}`
}
