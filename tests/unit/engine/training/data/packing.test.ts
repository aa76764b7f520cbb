import { describe, expect, test } from 'vitest'
import { batchPlanner, createBatch, fillBatch } from '#engine/training/data/batches.ts'
import { neededPlaces, packedSize, packedSizesOf, packPlaces, sizesOfWritten } from '#engine/training/data/packing.ts'
import { tinyExamples, tinyFeatures } from '../../../../support/tiny-training.ts'

const steps = 4
// Captions of 2, 4 and 1 places, and one whose weights are all zero.
const weights = Float32Array.from([0.5, 0.5, 0, 0, 0.2, 0.2, 0.2, 0.2, 1, 0, 0, 0, 0, 0, 0, 0])

describe('packed places', () => {
  test('are those that the loss depends on, row by row, and some of padding behind them', () => {
    expect(neededPlaces(weights, steps)).toBe(7)
    const { places, placeRows } = packPlaces(weights, steps, 10)
    expect([...places].map(Number)).toEqual([0, 1, 4, 5, 6, 7, 8, 2, 3, 9])
    expect([...placeRows].map(Number)).toEqual([0, 1, 7, 8, 2, 3, 4, 5, 6, 9, 9, 9, 9, 9, 9, 9])
  })

  test('hold every place before one that counts, whatever its own weight', () => {
    const gap = Float32Array.from([0, 1, 0, 0])
    expect([...packPlaces(gap, steps, 3).places].map(Number)).toEqual([0, 1, 2])
  })

  test('are refused where none of padding would be among them', () => {
    expect(() => packPlaces(weights, steps, 7)).toThrow('one of padding')
  })
})

describe('sizes', () => {
  test('are the smallest that holds what is needed and one place of padding; none where only all places do', () => {
    expect([packedSize([8, 10], 7), packedSize([8, 10], 8), packedSize([8, 10], 10)]).toEqual([8, 10, undefined])
  })

  test('of captions whose lengths are not known go from three quarters of all places on', () => {
    expect(sizesOfWritten(1700)).toEqual([1275, 1488])
    expect(sizesOfWritten(1)).toEqual([])
  })

  test('of planned batches begin with one that holds every batch of the first epoch', () => {
    const setting = { seed: 1, batchImages: 4, captionsPerImage: 2, mirror: false, replayShare: 0 }
    const planner = batchPlanner(tinyExamples, [], setting)
    const shape = { images: 4, captionsPerImage: 2, steps: 12, visualTokens: tinyFeatures.visualTokens }
    const allPlaces = 4 * 2 * 12
    const sizes = packedSizesOf(planner, { allPlaces, steps: shape.steps, cutCaptions: 'open' })
    const batch = createBatch(shape, tinyFeatures.featureWidth)
    for (let step = 1; step <= planner.stepsPerEpoch; step++) {
      const counted = fillBatch(batch, planner.plan(step), shape.steps, tinyFeatures, 'open')
      expect(neededPlaces(batch.weights, shape.steps)).toBe(counted)
      expect(packedSize(sizes, counted)).toBe(sizes[0])
    }
    expect(sizes[0]).toBeLessThan(allPlaces)
    const turnedDown = (caption: Int32Array) => ({ preferred: caption, rejected: Int32Array.of(1, 2, 3), weight: 1 })
    const contrasted = tinyExamples.map((example) => ({ ...example, contrasts: example.captions.map(turnedDown) }))
    const withContrasts = packedSizesOf(batchPlanner(contrasted, [], setting), {
      allPlaces: 4 * 3 * 12,
      steps: shape.steps,
      cutCaptions: 'open',
      contrasts: true,
    })
    expect(withContrasts[0]).toBeGreaterThanOrEqual(sizes[0] + 4 * 4 - 8)
    expect(sizes.slice(1).every((size, index) => size > sizes[index] && size < allPlaces)).toBe(true)
  })
})
