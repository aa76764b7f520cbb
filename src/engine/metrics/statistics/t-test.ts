/** The paired t-test over per-image scores. */
import { studentTwoSided } from './student.ts'

export interface TTest {
  t: number
  degreesOfFreedom: number
  /** two-sided */
  p: number
}

/** Tests whether the mean of b − a differs from 0; null below two pairs. */
export function pairedTTest(a: ArrayLike<number>, b: ArrayLike<number>): TTest | null {
  const n = Math.min(a.length, b.length)
  if (n < 2) return null
  let mean = 0
  for (let i = 0; i < n; i++) mean += (b[i] - a[i]) / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (b[i] - a[i] - mean) ** 2
  const degreesOfFreedom = n - 1
  if (mean === 0) return { t: 0, degreesOfFreedom, p: 1 }
  const t = mean / Math.sqrt(squares / degreesOfFreedom / n)
  return { t, degreesOfFreedom, p: studentTwoSided(t, degreesOfFreedom) }
}
