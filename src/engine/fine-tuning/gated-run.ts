/** A finished run before the gate: how much of what was learned is kept, and whether the parent is. */
import type { JobContext } from '#shared/jobs.ts'
import type { GateReport } from '#shared/fine-tuning.ts'
import type { Weights } from '#engine/captioners/captioner.ts'
import { judgingOf, kept, type Finished, type FineTuning } from './fine-tune.ts'
import { judgeGate } from './gate.ts'
import { judgeSets, type JudgedCaptions } from './judging.ts'

export interface GatedRun {
  gate: GateReport
  /** What the share that is kept makes of parent and learned weights. */
  weights: Weights
  /** The held-out corrections, in the run's order. */
  corrections: { before: JudgedCaptions; after: JudgedCaptions }
}

/** A loss in the parent's domain that makes the run keep less: half of what the gate tolerates. */
const lessIsKept = 0.01
/** Halvings of the share that is kept. */
const halvings = 2

/** @throws AppError `cancelled` */
export async function gateRun(context: JobContext, run: FineTuning, finished: Finished, told: { corrected: number; method: string }): Promise<GatedRun> {
  if (finished.reason === 'kept') return unjudged(run, finished, told.method)
  const judging = { ...judgingOf(context, run), signal: context.signal }
  const sets = [run.judged, run.domain]
  context.progress({ done: finished.step, total: finished.step, unit: 'steps', message: 'Judging the model and its parent' })
  const [parentCorrections, parentDomain] = await judgeSets(judging, run.start.teacher, sets)
  // A run that was ended because it only lost is judged as it ended.
  const shares = finished.reason === 'no-gain' ? [run.keep] : Array.from({ length: halvings + 1 }, (_, halving) => run.keep / 2 ** halving)
  for (const [tried, keep] of shares.entries()) {
    const weights = kept({ ...run, keep }, finished.weights)
    const [corrections, domain] = await judgeSets(judging, weights, sets)
    if (meanOf(domain.scores) - meanOf(parentDomain.scores) < -lessIsKept && tried < shares.length - 1) continue
    const gate = judgeGate({
      corrections: { before: parentCorrections.scores, after: corrections.scores },
      domain: { before: parentDomain.scores, after: domain.scores },
      keep,
      ...told,
    })
    return { gate, weights, corrections: { before: parentCorrections, after: corrections } }
  }
  throw new Error('no share of what was learned was tried')
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
    weights: kept(run, weights),
    corrections: { before: nothing, after: nothing },
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
