/** Numbers as the tables of an experiment write them. */
import type { ScoreInterval } from '#shared/experiments.ts'

export function withInterval(interval: ScoreInterval | undefined): string {
  return interval === undefined ? '–' : `${interval.value.toFixed(4)} [${interval.low.toFixed(3)}, ${interval.high.toFixed(3)}]`
}

/** A difference with its interval; bold where that is asked for. */
export function signedDifference(difference: ScoreInterval | undefined, bold = false): string {
  if (difference === undefined) return '–'
  const { value, low, high } = difference
  const text = `${signed(value, 4)} [${signed(low, 3)}, ${signed(high, 3)}]`
  return bold ? `**${text}**` : text
}

function signed(value: number, digits: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`
}

export function spreadOf(interval: ScoreInterval | undefined): (number | undefined)[] {
  return [interval?.value, interval?.low, interval?.high]
}
