/** Projections: the same every time, near stays near, and neighbours are those that comparing all would find. */
import { describe, expect, test } from 'vitest'
import { symmetricEigen } from '#engine/projection/eigen.ts'
import { nearestNeighbours } from '#engine/projection/neighbours.ts'
import { project } from '#engine/projection/project.ts'
import { reduceRows } from '#engine/projection/reduce.ts'
import { rowsOf, type Points } from '#engine/projection/rows.ts'
import { normal, randomAt } from '#shared/random.ts'

function toEnd<Result>(steps: Generator<unknown, Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** `clusters` clouds of `each` vectors, far from each other. */
function clouds(clusters: number, each: number, width: number, spread = 0.3): Points {
  const random = randomAt(7, 'projection', 9)
  const middles = Float32Array.from({ length: clusters * width }, () => 4 * normal(random))
  const size = clusters * each
  const values = Float32Array.from({ length: size * width }, (_, at) => {
    const cluster = Math.floor(at / width) % clusters
    return middles[cluster * width + (at % width)] + spread * normal(random)
  })
  return { values, size, width }
}

const projected = (points: Points, seed = 1) => toEnd(project(rowsOf(points), { seed, centred: true, direction: false, neighbours: 8 }))

describe('a projection', () => {
  test('of the same vectors by the same seed is the same to the bit; by another seed it is another', () => {
    const points = clouds(3, 60, 20)
    const [one, again, other] = [projected(points), projected(points), projected(points, 2)]
    expect(again.points).toEqual(one.points)
    expect(again.neighbours).toEqual(one.neighbours)
    expect(other.points).not.toEqual(one.points)
  })

  test('keeps clouds apart: everybody is nearer to their own middle than to any other', () => {
    const clusters = 4
    const { points } = projected(clouds(clusters, 80, 30))
    const middles = Array.from({ length: clusters }, () => [0, 0])
    for (let place = 0; place < points.length / 2; place++) for (const axis of [0, 1]) middles[place % clusters][axis] += points[2 * place + axis] / 80
    for (let place = 0; place < points.length / 2; place++) {
      const distances = middles.map(([x, y]) => Math.hypot(points[2 * place] - x, points[2 * place + 1] - y))
      expect(distances.indexOf(Math.min(...distances))).toBe(place % clusters)
    }
  })

  test('of vectors many of which are the same keeps copies together, one beside the other, and clouds apart', () => {
    const points = clouds(3, 20, 12)
    const size = 3000
    const values = Float32Array.from({ length: size * 12 }, (_, at) => points.values[(Math.floor(at / 12) % 60) * 12 + (at % 12)])
    const { points: placed, neighbours, perPoint } = projected({ values, size, width: 12 })
    expect(perPoint).toBe(8)
    const distance = (one: number, other: number): number => Math.hypot(placed[2 * one] - placed[2 * other], placed[2 * one + 1] - placed[2 * other + 1])
    // Copies are every sixtieth, clouds every third.
    expect(Math.max(...[60, 120, 1200, 2940].map((copy) => distance(0, copy)))).toBeLessThan(Math.min(...[1, 2, 61].map((other) => distance(0, other))))
    expect(new Set(Array.from({ length: 50 }, (_, copy) => placed.subarray(120 * copy, 120 * copy + 2).join())).size).toBe(50)
    for (let row = 0; row < size; row += 97) for (const other of neighbours.subarray(8 * row, 8 * row + 8)) expect(other % 60).toBe(row % 60)
  })

  test('lies within −1 to 1 and tells how far it is, forwards only', () => {
    const steps = project(rowsOf(clouds(2, 100, 10)), { seed: 1, centred: true, direction: true, neighbours: 8 })
    let last = 0
    for (;;) {
      const step = steps.next()
      if (step.done) {
        expect(Math.max(...step.value.points)).toBeLessThanOrEqual(1.000001)
        expect(Math.min(...step.value.points)).toBeGreaterThanOrEqual(-1.000001)
        break
      }
      expect(step.value.share).toBeGreaterThanOrEqual(last)
      last = step.value.share
    }
    expect(last).toBeGreaterThan(0.9)
  })

  test('takes vectors that are all the same, a single one, and two', () => {
    for (const size of [1, 2, 40]) {
      const { points } = projected({ values: new Float32Array(size * 3).fill(1), size, width: 3 })
      expect(points).toHaveLength(2 * size)
      expect(points.every(Number.isFinite)).toBe(true)
    }
  })
})

describe('nearest neighbours', () => {
  test('of many vectors, found by trees and descent, are nearly all those that comparing all finds', () => {
    const points = clouds(40, 100, 16, 1)
    const { indices, count, distances } = toEnd(nearestNeighbours(points, 10, 3))
    const squareOf = (one: number, other: number): number => {
      let sum = 0
      for (let k = 0; k < 16; k++) sum += (points.values[one * 16 + k] - points.values[other * 16 + k]) ** 2
      return sum
    }
    let right = 0
    for (let one = 0; one < points.size; one += 40) {
      const truth = Array.from({ length: points.size }, (_, other) => other)
        .filter((other) => other !== one)
        .sort((a, b) => squareOf(one, a) - squareOf(one, b))
        .slice(0, count)
      const found = new Set(indices.subarray(one * count, (one + 1) * count))
      right += truth.filter((other) => found.has(other)).length / count
      for (let k = 1; k < count; k++) expect(distances[one * count + k]).toBeGreaterThanOrEqual(distances[one * count + k - 1])
    }
    expect(right / 100).toBeGreaterThan(0.95)
    expect(indices.every((neighbour, at) => neighbour >= 0 && neighbour < points.size && neighbour !== Math.floor(at / count))).toBe(true)
  })

  test('of many that are the same are found, too, and are never themselves', () => {
    const points = { values: new Float32Array(4000 * 2), size: 4000, width: 2 }
    const { indices, count } = toEnd(nearestNeighbours(points, 10, 3))
    for (let one = 0; one < points.size; one++) {
      const own = [...indices.subarray(one * count, (one + 1) * count)]
      expect(new Set(own).size).toBe(count)
      expect(own.includes(one) || own.includes(-1)).toBe(false)
    }
  })
})

describe('fewer dimensions', () => {
  test('keep the distances of vectors that lie in few', () => {
    const random = randomAt(5, 'projection', 8)
    const inner = Float32Array.from({ length: 200 * 4 }, () => normal(random))
    const turn = Float32Array.from({ length: 4 * 50 }, () => normal(random))
    const values = Float32Array.from({ length: 200 * 50 }, (_, at) => {
      let sum = 3
      for (let k = 0; k < 4; k++) sum += inner[Math.floor(at / 50) * 4 + k] * turn[k * 50 + (at % 50)]
      return sum
    })
    const reduced = toEnd(reduceRows(rowsOf({ values, size: 200, width: 50 }), { dimensions: 6, centred: true, seed: 1 }))
    expect(reduced.width).toBe(6)
    const square = ({ values: all, width }: Points, one: number, other: number): number => {
      let sum = 0
      for (let k = 0; k < width; k++) sum += (all[one * width + k] - all[other * width + k]) ** 2
      return sum
    }
    for (let one = 1; one < 200; one += 7) expect(square(reduced, one, 0) / square({ values, size: 200, width: 50 }, one, 0)).toBeCloseTo(1, 4)
    const means = Array.from({ length: 6 }, (_, k) => reduced.values.reduce((sum, value, at) => sum + (at % 6 === k ? value : 0), 0) / 200)
    for (const mean of means) expect(mean).toBeCloseTo(0, 3)
  })

  test('eigenvectors turn a matrix into its eigenvalues', () => {
    const matrix = Float64Array.from([4, 1, 0.5, 1, 3, -1, 0.5, -1, 2])
    const { values, vectors } = symmetricEigen(matrix.slice(), 3)
    for (let k = 0; k < 3; k++) {
      for (let row = 0; row < 3; row++) {
        const product = [0, 1, 2].reduce((sum, column) => sum + matrix[row * 3 + column] * vectors[column * 3 + k], 0)
        expect(product).toBeCloseTo(values[k] * vectors[row * 3 + k], 10)
      }
    }
    expect(values[0]).toBeGreaterThan(values[1])
  })
})
