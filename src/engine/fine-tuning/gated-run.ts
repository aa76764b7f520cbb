/** A finished run before the gate: how much of what was learned is kept, and whether the parent is. */
import type { JobContext } from '#shared/jobs.ts'
import type { GateReport } from '#shared/fine-tuning.ts'
import type { Weights } from '#engine/captioners/captioner.ts'
import { judgingOf, kept, type Finished, type FineTuning } from './fine-tune.ts'
import { gateSide, judgeGate } from './gate.ts'
import type { PairedScores } from './learning-curve.ts'
import type { LossCounts } from './learning-method.ts'
import { judgeSets, type JudgedCaptions, type Judging } from './judging.ts'
import { asStored } from '#engine/models/model-package.ts'

export interface GatedRun {
  gate: GateReport
  /** What the share that is kept makes of parent and learned weights. */
  weights: Weights
  /** The held-out corrections, in the run's order. */
  corrections: { before: JudgedCaptions; after: JudgedCaptions }
}

/** A loss in the parent's domain that makes the run keep less: half of what the gate tolerates. */
const lessIsKept = 0.01
/** Of the share that the recipe keeps: tried from the largest on. Where none of them is without loss, so little is kept. */
const lesserShares = [1, 0.85, 0.72, 0.6, 0.5]
const least = 1 / 4

/** @throws AppError `cancelled` */
export async function gateRun(context: JobContext, run: FineTuning, finished: Finished, told: { corrected: number; method: string }): Promise<GatedRun> {
  if (finished.reason === 'kept') return unjudged(run, finished, told.method)
  const judging = { ...judgingOf(context, run), signal: context.signal }
  context.progress({ done: finished.step, total: finished.step, unit: 'steps', message: 'Judging the model and its parent' })
  const { keep, weights } = await chosenShare(judging, run, finished)
  const sets = [run.judged, run.domain]
  const [parentCorrections, parentDomain] = await judgeSets(judging, run.start.teacher, sets)
  const [corrections, domain] = await judgeSets(judging, weights, sets)
  const gate = judgeGate({
    corrections: { before: parentCorrections.scores, after: corrections.scores },
    domain: { before: parentDomain.scores, after: domain.scores },
    chosenBy: { corrections: run.stopping.length, domain: run.choosing.length },
    keep,
    ...told,
  })
  return { gate, weights, corrections: { before: parentCorrections, after: corrections } }
}

/** The weights of the largest share that loses little by photos of the domain that judge nothing, as a package stores them. */
async function chosenShare(judging: Judging, run: FineTuning, { reason, weights: learned }: Finished): Promise<{ keep: number; weights: Weights }> {
  const of = (keep: number) => ({ keep, weights: asStored(kept({ ...run, keep }, learned)) })
  if (run.choosing.length === 0) return of(run.keep)
  const [before] = await judgeSets(judging, run.start.teacher, [run.choosing])
  const lossAt = async (keep: number): Promise<number> => {
    const [after] = await judgeSets(judging, of(keep).weights, [run.choosing])
    return lossOf({ before: before.scores, after: after.scores }, run.lossCounts)
  }
  return of(await keptShare(run.keep, lossAt, reason === 'no-gain' ? 1 : least))
}

/**
 * The largest share, of those tried, that loses little. Without one so much of it is kept: a run that was ended because it only lost is judged as it ended, another
 * keeps little.
 */
export async function keptShare(keep: number, lossAt: (keep: number) => Promise<number>, otherwise: number): Promise<number> {
  for (const share of lesserShares) if ((await lossAt(keep * share)) <= lessIsKept) return keep * share
  return keep * otherwise
}

/** What photos lose: by their mean, or the least that their interval leaves (of too few of them, by their mean). */
export function lossOf(scores: PairedScores, counts: LossCounts): number {
  const side = counts === 'beyond doubt' ? gateSide(scores) : null
  return side === null ? meanOf(scores.before) - meanOf(scores.after) : -side.high
}

/** A person who ends a run by hand wants what is there, now. */
function unjudged(run: FineTuning, { weights }: Finished, method: string): GatedRun {
  const nothing = { texts: [], scores: [] }
  return {
    gate: {
      verdict: 'unclear',
      reason: 'It was ended by hand and was not judged.',
      corrections: null,
      domain: null,
      keep: run.keep,
      method,
      moreCorrections: null,
    },
    weights: asStored(kept(run, weights)),
    corrections: { before: nothing, after: nothing },
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
