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

  describe('of planned batches', () => {
    const setting = { seed: 1, batchImages: 4, captionsPerImage: 2, mirror: false, replayShare: 0 }
    const steps = 12
    // Captions of one to nine words: which two of its three a photo shows decides how long a batch is.
    const examples = tinyExamples.map((example, photo) => ({
      ...example,
      captions: [1, 4, 9].map((words) => new Int32Array(Math.max(1, words - (photo % 3))).fill(1)),
    }))

    test('begin with one that holds every batch of the run, whatever epoch it is of', () => {
      const planner = batchPlanner(examples, [], setting)
      const shape = { images: 4, captionsPerImage: 2, steps, visualTokens: tinyFeatures.visualTokens }
      const batch = createBatch(shape, tinyFeatures.featureWidth)
      const totalSteps = 20 * planner.stepsPerEpoch
      const planned = { allPlaces: 4 * 2 * steps, steps, cutCaptions: 'open' as const }
      const sizes = packedSizesOf(planner, { ...planned, totalSteps })
      const counts = Array.from({ length: totalSteps }, (_, index) => {
        const counted = fillBatch(batch, planner.plan(index + 1), steps, tinyFeatures, 'open')
        expect(neededPlaces(batch.weights, steps)).toBe(counted)
        return counted
      })
      expect(counts.every((counted) => packedSize(sizes, counted) === sizes[0])).toBe(true)
      expect(Math.max(...counts)).toBeGreaterThan(Math.max(...counts.slice(0, planner.stepsPerEpoch)))
      expect(sizes[0]).toBeLessThan(planned.allPlaces)
      expect(sizes.every((size, index) => size < planned.allPlaces && size > (sizes[index - 1] ?? 0))).toBe(true)
    })

    test('have room for the captions that were turned down, where these are shown', () => {
      const turnedDown = (caption: Int32Array) => ({ preferred: caption, rejected: Int32Array.of(1, 2, 3), weight: 1 })
      const planner = batchPlanner(
        examples.map((example) => ({ ...example, contrasts: example.captions.map(turnedDown) })),
        [],
        setting,
      )
      const planned = { allPlaces: 4 * 3 * steps, steps, totalSteps: 10, cutCaptions: 'open' as const }
      const [without] = packedSizesOf(planner, planned)
      // Four photos of a batch, three words and an end each.
      expect(packedSizesOf(planner, { ...planned, contrasts: true })[0]).toBeGreaterThanOrEqual(without + 16)
    })
  })
})
