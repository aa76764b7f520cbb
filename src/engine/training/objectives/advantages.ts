/** What a caption's reward is compared with in self-critical training, and the advantage that follows. */
import { assertNever } from '#shared/errors.ts'

/**
 * - `leave-one-out`: samples, each against the mean reward of the photo's other samples (Luo 2020);
 * - `greedy`: samples against the reward of the photo's greedy caption (Rennie et al. 2017);
 * - `beam-mean`: the captions of a beam search against their mean reward (Cornia et al. 2020). Beams are not drawn independently: leaving one out
 *   would not make a valid baseline of the others.
 */
export const baselines = ['leave-one-out', 'greedy', 'beam-mean'] as const
export type Baseline = (typeof baselines)[number]

/** The rewards of one photo's captions. */
export interface PhotoRewards {
  readonly rewards: ArrayLike<number>
  /** Of the photo's greedy caption; `greedy` needs it. */
  readonly greedy?: number | undefined
}

/** r − b of each of one photo's captions. A caption that has nothing to be compared with has no advantage. */
export function advantagesOf(baseline: Baseline, { rewards, greedy }: PhotoRewards): number[] {
  const values = Array.from(rewards)
  const sum = values.reduce((total, reward) => total + reward, 0)
  switch (baseline) {
    case 'leave-one-out':
      return values.map((reward) => (values.length < 2 ? 0 : reward - (sum - reward) / (values.length - 1)))
    case 'greedy':
      return values.map((reward) => reward - (greedy ?? reward))
    case 'beam-mean':
      return values.map((reward) => reward - sum / values.length)
    default:
      return assertNever(baseline)
  }
}
