import { describe, expect, test } from 'vitest'
import { trainingRecipeSchema } from '#engine/training/runs/recipe.ts'
import { parseRecipe, stagesOf } from '#engine/training/runs/staged-recipe.ts'
import { AppError } from '#shared/errors.ts'

const staged = {
  name: 'three stages',
  seed: 5,
  batchImages: 10,
  captioner: { width: 64, heads: 4, visualDropout: 0.4 },
  optimizer: { learningRate: 0.001, weightDecay: 0.05 },
  schedule: { kind: 'noam', warmupSteps: 20_000 },
  stages: [
    { name: 'pre-training', captions: { file: 'noisy.txt', images: 'noisy' } },
    { name: 'cross-entropy', epochs: 3, optimizer: { clipping: { kind: 'value', limit: 0.1 } } },
    { objective: { kind: 'self-critical' }, captioner: { visualDropout: 0.1 }, schedule: { kind: 'constant', warmupSteps: 0 } },
  ],
}

const parse = (json: unknown, seed?: number) => parseRecipe(json, 'recipe.json', seed)
const expectRefused = (json: unknown, reason: string): void => {
  expect(() => parse(json)).toThrow(AppError)
  expect(() => parse(json)).toThrow(reason)
}

describe('a recipe of stages', () => {
  const stages = stagesOf(parse(staged))

  test('hands what it shares to each of them, which may say otherwise', () => {
    expect(stages.map(({ batchImages }) => batchImages)).toEqual([10, 10, 10])
    expect(stages.map(({ epochs }) => epochs)).toEqual([10, 3, 10])
    expect(stages[1].optimizer).toMatchObject({ learningRate: 0.001, weightDecay: 0.05, clipping: { kind: 'value', limit: 0.1 } })
    expect(stages[2].captioner).toMatchObject({ width: 64, heads: 4, visualDropout: 0.1 })
    expect(stages[2].objective).toMatchObject({ kind: 'self-critical', baseline: 'leave-one-out' })
  })

  test('replaces what is of another kind whole', () => {
    expect(stages[0].schedule).toEqual({ kind: 'noam', warmupSteps: 20_000, factor: 1 })
    expect(stages[2].schedule).toEqual({ kind: 'constant', warmupSteps: 0 })
  })

  test('names them and gives each a seed of its own', () => {
    expect(stages.map(({ name }) => name)).toEqual(['pre-training', 'cross-entropy', 'stage 3'])
    expect(stages.map(({ seed }) => seed)).toEqual([5, 6, 7])
    expect(stagesOf(parse(staged, 100)).map(({ seed }) => seed)).toEqual([100, 101, 102])
  })

  test('keeps whose captions a stage learns from', () => {
    expect(stages.map(({ captions }) => captions)).toEqual([{ file: 'noisy.txt', images: 'noisy' }, undefined, undefined])
  })

  test('is the same again when it is written out whole', () => {
    const whole = parse(staged)
    expect(parse(JSON.parse(JSON.stringify(whole)))).toEqual(whole)
  })

  test('is refused where the stages would train different captioners, and says which entry', () => {
    expectRefused({ ...staged, stages: [{}, { captioner: { width: 128 } }] }, 'stages.1.captioner')
    expectRefused({ ...staged, stages: [{}, { features: { pooling: 1 } }] }, 'stages.1.features.pooling')
    expectRefused({ ...staged, stages: [{}, { maximumWords: 3 }] }, 'stages.1.maximumWords')
  })

  test('draws the same scenes in every stage, which may count for less in one of them', () => {
    const recipe = parse({ ...staged, scenes: { count: 3 }, stages: [{}, { scenes: { weight: 0.5 } }] })
    expect(stagesOf(recipe).map(({ scenes }) => scenes)).toEqual([
      { count: 3, seed: 100_000 },
      { count: 3, seed: 100_000, weight: 0.5 },
    ])
    expectRefused({ ...staged, scenes: { count: 3 }, stages: [{}, { scenes: { count: 4 } }] }, 'stages.1.scenes')
  })

  test('is refused with the entry that is wrong', () => {
    expectRefused({ ...staged, stages: [{}, { epochs: 0 }] }, 'stages.1.epochs')
    expectRefused({ ...staged, stages: [{ captions: { file: 'noisy.txt' } }] }, 'stages.0.captions.images')
    expectRefused({ ...staged, stages: [] }, 'stages')
    expectRefused({ ...staged, unknown: 1 }, 'unknown')
  })
})

test('a recipe of one stage is what it always was', () => {
  const json = { epochs: 2, captioner: { width: 64 } }
  expect(parse(json)).toEqual(trainingRecipeSchema.parse(json))
  expect(parse(json, 9)).toEqual({ ...trainingRecipeSchema.parse(json), seed: 9 })
  expect(stagesOf(parse(json))).toHaveLength(1)
  expectRefused({ epochs: -1 }, 'epochs')
})
