/**
 * Wilson's interval of a share where answers come in clusters (several votes on one photo), and halves are allowed (ties): the score interval at the
 * effective number of answers, as Dean and Pagano (2015) advise for surveys. Answers of one cluster that agree count for less than as many alone.
 */
import type { Interval } from './bootstrap.ts'
import { wilson } from './intervals.ts'

export interface ClusteredAnswer {
  /** 0 to 1 */
  value: number
  /** Answers of one cluster are not independent. */
  cluster: number | string
}

/** The mean of the answers with its 95 % interval; null of none. With one answer of 0 or 1 a cluster it is Wilson's own. */
export function clusteredShare(answers: readonly ClusteredAnswer[]): Interval | null {
  const { length } = answers
  if (length === 0) return null
  const value = answers.reduce((sum, answer) => sum + answer.value, 0) / length
  const residuals = new Map<number | string, number>()
  for (const answer of answers) residuals.set(answer.cluster, (residuals.get(answer.cluster) ?? 0) + answer.value - value)
  const variance = [...residuals.values()].reduce((sum, residual) => sum + residual * residual, 0) / length ** 2
  // All the same: nothing is known of how clusters hold together, so that each counts once.
  const same = answers.every((answer) => answer.value === answers[0].value)
  const of = same ? residuals.size : Math.min(length, (value * (1 - value)) / variance)
  return { value, ...wilson({ hits: value * of, of }) }
}
