/** A mixture of Gaussians: finds groups that are there, none where none are, the same every time. */
import { describe, expect, test } from 'vitest'
import { clustersOf, fitMixture, type Mixture } from '#engine/projection/mixture.ts'
import type { Points } from '#engine/projection/rows.ts'
import { normal, randomAt } from '#shared/random.ts'

const width = 6

function finished<Result>(steps: Iterator<number, Result>): Result {
  for (let before = 0; ;) {
    const step = steps.next()
    if (step.done) return step.value
    expect(step.value).toBeGreaterThanOrEqual(before - 1e-12)
    expect(step.value).toBeLessThanOrEqual(1)
    before = step.value
  }
}

/** `groups` groups, rows in turns, whose middles are `apart` standard deviations from each other. */
function drawn(groups: number, size: number, apart: number): Points {
  const random = randomAt(7, 'projection', 9)
  const middles = Float64Array.from({ length: groups * width }, () => (apart * normal(random)) / Math.SQRT2)
  const values = Float32Array.from({ length: size * width }, (_, at) => middles[(Math.floor(at / width) % groups) * width + (at % width)] + normal(random))
  return { values, size, width }
}

const fitted = (points: Points): Mixture => finished(fitMixture(points, { seed: 1, fewest: 8 }))

describe('a mixture', () => {
  test('has as many clusters as there are groups, each of one group', () => {
    const points = drawn(4, 600, 8)
    const mixture = fitted(points)
    expect(mixture.clusters).toBe(4)
    const of = finished(clustersOf(points, mixture))
    const names = [0, 1, 2, 3].map((group) => new Set(of.filter((_, row) => row % 4 === group)))
    for (const name of names) expect(name.size).toBe(1)
    expect(new Set(names.flatMap((name) => [...name])).size).toBe(4)
    expect(mixture.weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6)
  })

  test('is one cluster where nothing is apart, and of too few vectors', () => {
    expect(fitted(drawn(1, 600, 0)).clusters).toBe(1)
    expect(fitted(drawn(4, 12, 8)).clusters).toBe(1)
  })

  test('is the same every time, also of a draw of many vectors', () => {
    const points = drawn(4, 24_000, 8)
    expect(fitted(points)).toEqual(fitted(points))
  })

  test('bears vectors that are all the same', () => {
    const { clusters, means } = fitted({ values: new Float32Array(64 * width).fill(0.5), size: 64, width })
    expect([clusters, means[0]]).toEqual([1, 0.5])
  })
})
