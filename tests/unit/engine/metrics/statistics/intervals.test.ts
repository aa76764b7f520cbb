import { expect, test } from 'vitest'
import { meanDifference, meanInterval, shareDifference, wilson, type Sample } from '#engine/metrics/statistics/intervals.ts'

const sampleOf = (values: number[]): Sample => ({
  count: values.length,
  sum: values.reduce((sum, value) => sum + value, 0),
  squares: values.reduce((sum, value) => sum + value * value, 0),
})

test('Welch’s difference and Student’s interval are what scipy.stats gives', () => {
  const a = sampleOf([2.1, 3.4, 1.9, 5.6, 4.4, 3.8])
  const b = sampleOf([1.2, 2.2, 0.4, 3.1, 1.7, 2.9, 2.5, 1.1])
  const difference = meanDifference(a, b)!
  expect(difference.degreesOfFreedom).toBeCloseTo(8.325157652655028, 9)
  expect(difference.value / difference.error).toBeCloseTo(2.479964256347189, 9)
  const interval = meanInterval(a)!
  expect(interval.low).toBeCloseTo(2.061626902295429, 9)
  expect(interval.high).toBeCloseTo(5.005039764371237, 9)
  expect(meanDifference(a, sampleOf([1]))).toBeNull()
})

test('Newcombe’s difference of shares is his own worked example, and holds near nothing', () => {
  // Newcombe 1998, table II: 56/70 − 48/80 gives 0.0524 to 0.3339 by method 10.
  const example = shareDifference({ hits: 56, of: 70 }, { hits: 48, of: 80 })!
  expect(example.value).toBeCloseTo(0.2, 12)
  expect(example.low).toBeCloseTo(0.0524, 4)
  expect(example.high).toBeCloseTo(0.3339, 4)
  const none = shareDifference({ hits: 0, of: 10 }, { hits: 0, of: 20 })!
  expect(none.low).toBeLessThan(0)
  expect(none.high).toBeGreaterThan(0)
  expect(wilson({ hits: 0, of: 10 }).low).toBe(0)
})
