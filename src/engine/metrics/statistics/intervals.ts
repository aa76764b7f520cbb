/** Intervals in closed form, for what must follow a hand: means by Student and Welch (1947), differences of shares by Newcombe (1998, method 10). */
import { studentQuantile, studentTwoSided } from './student.ts'

/** Sums of a sample: all that its mean and its interval need. */
export interface Sample {
  count: number
  sum: number
  squares: number
}

export interface Span {
  low: number
  high: number
}

const alpha = 0.05
const normalQuantile = 1.959963984540054

export const emptySample = (): Sample => ({ count: 0, sum: 0, squares: 0 })

/** Adds a value to a sample. */
export function addTo(sample: Sample, value: number): void {
  sample.count++
  sample.sum += value
  sample.squares += value * value
}

/** The sums of everything in `whole` that is not in `part`. */
export function without(whole: Sample, part: Sample): Sample {
  return { count: whole.count - part.count, sum: whole.sum - part.sum, squares: whole.squares - part.squares }
}

export function meanOf({ count, sum }: Sample): number | null {
  return count === 0 ? null : sum / count
}

/** Of the mean, from what was added up; sums lose digits where values lie far from 0, hence never below it. */
function variance({ count, sum, squares }: Sample): number {
  return Math.max(0, squares - (sum * sum) / count) / (count - 1)
}

/** The 95 % interval of a mean; null below two values. */
export function meanInterval(sample: Sample): Span | null {
  if (sample.count < 2) return null
  const mean = sample.sum / sample.count
  const half = quantile(sample.count - 1) * Math.sqrt(variance(sample) / sample.count)
  return { low: mean - half, high: mean + half }
}

export interface WelchDifference extends Span {
  value: number
  /** standard error and degrees of freedom, for a test */
  error: number
  degreesOfFreedom: number
}

/**
 * The difference of two means (a − b) with its 95 % interval, or of another confidence: `chance` is that of missing it. Null where either has fewer than
 * two values.
 */
export function meanDifference(a: Sample, b: Sample, chance = alpha): WelchDifference | null {
  if (a.count < 2 || b.count < 2) return null
  const value = a.sum / a.count - b.sum / b.count
  const [left, right] = [variance(a) / a.count, variance(b) / b.count]
  const error = Math.sqrt(left + right)
  const degreesOfFreedom = error === 0 ? a.count + b.count - 2 : (left + right) ** 2 / (left ** 2 / (a.count - 1) + right ** 2 / (b.count - 1))
  const half = (chance === alpha ? quantile(degreesOfFreedom) : studentQuantile(chance, degreesOfFreedom)) * error
  return { value, low: value - half, high: value + half, error, degreesOfFreedom }
}

/** The difference of two shares (a − b) with its 95 % interval, true also near 0 and 1; null where either is of nothing. */
export function shareDifference(a: { hits: number; of: number }, b: { hits: number; of: number }): (Span & { value: number }) | null {
  if (a.of === 0 || b.of === 0) return null
  const [p, q] = [a.hits / a.of, b.hits / b.of]
  const [one, other] = [wilson(a), wilson(b)]
  const value = p - q
  return {
    value,
    low: value - Math.sqrt((p - one.low) ** 2 + (other.high - q) ** 2),
    high: value + Math.sqrt((one.high - p) ** 2 + (q - other.low) ** 2),
  }
}

/** Wilson's score interval of a share. */
export function wilson({ hits, of }: { hits: number; of: number }): Span {
  const square = normalQuantile ** 2
  const p = hits / of
  const middle = (p + square / (2 * of)) / (1 + square / of)
  const half = (normalQuantile * Math.sqrt((p * (1 - p)) / of + square / (4 * of * of))) / (1 + square / of)
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) }
}

const known = new Map<number, number>()

/** Student's quantile; beyond a thousand degrees of freedom it is the normal's to three digits, and whole numbers below are remembered. */
function quantile(degreesOfFreedom: number): number {
  if (degreesOfFreedom > 1000) return normalQuantile * (1 + (normalQuantile ** 2 + 1) / (4 * degreesOfFreedom))
  const whole = Math.max(1, Math.floor(degreesOfFreedom)) // the wider interval
  const found = known.get(whole) ?? studentQuantile(alpha, whole)
  known.set(whole, found)
  return found
}

/** Two-sided p of a difference of means; 1 where nothing differs. */
export function welchP({ value, error, degreesOfFreedom }: WelchDifference): number {
  if (error === 0) return value === 0 ? 1 : 0
  return studentTwoSided(value / error, degreesOfFreedom)
}
