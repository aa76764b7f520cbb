import { describe, expect, test } from 'vitest'
import { clusteredShare } from '#engine/metrics/statistics/clustered-share.ts'
import { fleissKappa } from '#engine/metrics/statistics/fleiss.ts'
import { wilson } from '#engine/metrics/statistics/intervals.ts'

const answers = (values: readonly number[], clusterOf: (index: number) => number = (index) => index) =>
  values.map((value, index) => ({ value, cluster: clusterOf(index) }))

describe('a share of answers in clusters', () => {
  test('has Wilson’s interval where each answer is a cluster of its own', () => {
    const found = clusteredShare(answers([1, 1, 1, 0, 1, 0, 1, 1, 1, 1]))
    const { low, high } = wilson({ hits: 8, of: 10 })
    expect(found?.value).toBeCloseTo(0.8, 12)
    expect(found?.low).toBeCloseTo(low, 12)
    expect(found?.high).toBeCloseTo(high, 12)
    expect(clusteredShare([])).toBeNull()
  })

  test('counts a cluster that agrees once, and never more answers than there are', () => {
    const half = [1, 1, 0, 1, 0]
    const twice = clusteredShare(answers([...half, ...half], (index) => index % 5))
    const once = wilson({ hits: 3, of: 5 })
    expect(twice?.low).toBeCloseTo(once.low, 12)
    expect(twice?.high).toBeCloseTo(once.high, 12)
    const opposed = clusteredShare(answers([1, 0, 1, 0, 1, 0], (index) => Math.floor(index / 2)))
    expect(opposed?.low).toBeGreaterThanOrEqual(wilson({ hits: 3, of: 6 }).low - 1e-12)
    const unanimous = clusteredShare(answers([1, 1, 1, 1], (index) => index % 2))
    expect(unanimous?.low).toBeCloseTo(wilson({ hits: 2, of: 2 }).low, 12)
  })
})

describe('Fleiss’ κ', () => {
  test('is that of the published example of psychiatric diagnoses put into five categories', () => {
    const example = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ]
    const found = fleissKappa(example)
    expect(found?.share.value).toBeCloseTo(0.378, 3)
    expect(found?.kappa?.value).toBeCloseTo(0.21, 3)
    expect(found?.kappa?.low).toBeLessThan(0.21)
    expect(found?.kappa?.high).toBeGreaterThan(0.21)
  })

  test('is 1 of people who agree on different things, and unknown where all always say the same', () => {
    expect(
      fleissKappa([
        [2, 0],
        [0, 3],
        [2, 0],
      ]),
    ).toMatchObject({ share: { value: 1 }, kappa: { value: 1 } })
    expect(
      fleissKappa([
        [2, 0],
        [3, 0],
      ]),
    ).toMatchObject({ share: { value: 1 }, kappa: null })
    expect(fleissKappa([])).toBeNull()
  })
})
