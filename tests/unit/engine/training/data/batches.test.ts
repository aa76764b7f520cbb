import { describe, expect, test } from 'vitest'
import { batchPlanner, createBatch, fillBatch, type BatchSetting, type TrainingExample } from '#engine/training/data/batches.ts'
import { tinyExamples, tinyFeatures } from '../../../../support/tiny-training.ts'

const setting: BatchSetting = { seed: 1, batchImages: 4, captionsPerImage: 2, mirror: true, replayShare: 0 }
const keysOf = (planner: ReturnType<typeof batchPlanner>, step: number): string[] => planner.plan(step).images.map(({ example }) => example.key)

describe('batches', () => {
  test('an epoch shows every photo once, in an order of its own', () => {
    const planner = batchPlanner(tinyExamples, [], setting)
    expect(planner.stepsPerEpoch).toBe(2)
    const first = [...keysOf(planner, 1), ...keysOf(planner, 2)]
    const second = [...keysOf(planner, 3), ...keysOf(planner, 4)]
    expect(first.toSorted()).toEqual(tinyExamples.map(({ key }) => key))
    expect(second.toSorted()).toEqual(first.toSorted())
    expect(second).not.toEqual(first)
  })

  test('a step is the same whatever was planned before it', () => {
    const planner = batchPlanner(tinyExamples, [], setting)
    for (let step = 1; step < 9; step++) planner.plan(step)
    expect(planner.plan(5)).toEqual(batchPlanner(tinyExamples, [], setting).plan(5))
  })

  test('fewer photos than a batch are shown again', () => {
    const planner = batchPlanner(tinyExamples.slice(0, 3), [], setting)
    expect(planner.stepsPerEpoch).toBe(1)
    expect(new Set(keysOf(planner, 1)).size).toBe(3)
  })

  test('captions of a photo come without repetition while they last', () => {
    const captions = [Int32Array.of(1), Int32Array.of(2), Int32Array.of(3)]
    const planner = batchPlanner([{ key: 'a', weight: 1, captions }], [], { ...setting, batchImages: 1, captionsPerImage: 5 })
    for (let step = 1; step < 10; step++) {
      const chosen = planner.plan(step).images[0].captions
      expect(new Set(chosen.slice(0, 3)).size).toBe(3)
      expect(new Set(chosen.slice(3)).size).toBe(2)
    }
  })

  test('mirrored features are asked for about half of the time, and never where there are none', () => {
    const count = (mirror: boolean): number => {
      const planner = batchPlanner(tinyExamples, [], { ...setting, mirror })
      let mirrored = 0
      for (let step = 1; step <= 100; step++) mirrored += planner.plan(step).images.filter((image) => image.mirrored).length
      return mirrored
    }
    expect(count(false)).toBe(0)
    expect(count(true)).toBeGreaterThan(150)
    expect(count(true)).toBeLessThan(250)
  })
})

test('a photo whose captions tell left from right is never mirrored', () => {
  const examples = tinyExamples.map((example, index) => ({ ...example, oneWay: index % 2 === 0 }))
  const planner = batchPlanner(examples, [], setting)
  const mirrored = Array.from({ length: 50 }, (_, step) => planner.plan(step + 1).images.filter((image) => image.mirrored)).flat()
  expect(mirrored.length).toBeGreaterThan(30)
  expect(mirrored.every(({ example }) => example.oneWay === false)).toBe(true)
})

describe('filled batches', () => {
  const fill = (captions: number[][], steps: number, cutCaptions: 'end' | 'open', weight = 1) => {
    const example: TrainingExample = { key: '0', weight, captions: captions.map((ids) => Int32Array.from(ids)) }
    const shape = { images: 1, captionsPerImage: captions.length, steps, visualTokens: tinyFeatures.visualTokens }
    const batch = createBatch(shape, tinyFeatures.featureWidth)
    const counted = fillBatch(batch, { images: [{ example, mirrored: false, replayed: false, captions: example.captions }] }, steps, tinyFeatures, cutCaptions)
    return { batch, counted }
  }

  test('tokens begin with 0, targets end with 0, weights cover the words and the end and sum to 1', () => {
    const { batch, counted } = fill([[5, 6], [7]], 4, 'open')
    expect([...batch.tokens].map(Number)).toEqual([0, 5, 6, 0, 0, 7, 0, 0])
    expect([...batch.targets].map(Number)).toEqual([5, 6, 0, 0, 7, 0, 0, 0])
    expect([...batch.weights].map((value) => Math.round(value * 5))).toEqual([1, 1, 1, 0, 1, 1, 0, 0])
    expect(counted).toBe(5)
  })

  test('emphasised words weigh more, in the caption that they belong to', () => {
    const [first, second] = [Int32Array.of(5, 6), Int32Array.of(7)]
    const example: TrainingExample = { key: '0', weight: 1, captions: [first, second], emphasis: new Map([[first, Float32Array.of(0.5, 2, 0.5)]]) }
    const batch = createBatch({ images: 1, captionsPerImage: 3, steps: 3, visualTokens: tinyFeatures.visualTokens }, tinyFeatures.featureWidth)
    fillBatch(batch, { images: [{ example, mirrored: false, replayed: false, captions: [first, second] }] }, 3, tinyFeatures, 'open')
    expect([...batch.weights].map((value) => Math.round(value * 50) / 10)).toEqual([0.5, 2, 0.5, 1, 1, 0, 0, 0, 0])
  })

  test('a cut caption learns to end only where it is told to', () => {
    const long = [1, 2, 3, 4, 5]
    expect(fill([long], 4, 'open').counted).toBe(3)
    expect(fill([long], 4, 'end').counted).toBe(4)
    expect([...fill([long], 4, 'end').batch.targets].map(Number)).toEqual([1, 2, 3, 0])
  })
})
