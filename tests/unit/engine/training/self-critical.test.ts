import { describe, expect, test } from 'vitest'
import { batchPlanner, createBatch } from '#engine/training/batches.ts'
import { createParameterStore, initialWeights } from '#engine/training/parameter-store.ts'
import { openSelfCritical } from '#engine/training/self-critical.ts'
import { trainCaptioner } from '#engine/training/train.ts'
import { tinyCaptioner, tinyExamples, tinyFeatures, tinyRecipe } from '../../../support/tiny-training.ts'

const samples = 3
const steps = 7

async function filled(step: number) {
  const store = createParameterStore(tinyCaptioner, initialWeights(tinyCaptioner, 1), { trainable: () => true, weightDecay: 0, averaging: false })
  const shared = { captioner: tinyCaptioner, store, examples: tinyExamples, features: tinyFeatures, samples, steps, seed: 1 }
  const selfCritical = await openSelfCritical({ ...shared, temperature: 1, session: { threads: 1 } })
  const planner = batchPlanner(tinyExamples, [], { seed: 1, batchImages: 4, captionsPerImage: samples, mirror: false, replayShare: 0 })
  const batch = createBatch({ images: 4, captionsPerImage: samples, steps, visualTokens: tinyFeatures.visualTokens }, tinyFeatures.featureWidth)
  const { words, reward } = await selfCritical.fill(batch, planner.plan(step), step)
  await selfCritical.close()
  return { batch, words, reward }
}

describe('self-critical batches', () => {
  test('teach what was sampled: targets are the tokens one step on, and UNK is never among them', async () => {
    const { batch } = await filled(1)
    const unknown = BigInt(tinyCaptioner.config.words)
    for (let row = 0; row < 4 * samples; row++) {
      const tokens = batch.tokens.subarray(row * steps, (row + 1) * steps)
      const targets = batch.targets.subarray(row * steps, (row + 1) * steps)
      expect(tokens[0]).toBe(0n)
      expect([...targets]).not.toContain(unknown)
      for (let position = 1; position < steps; position++) expect(tokens[position]).toBe(targets[position - 1])
    }
  })

  test('the advantages of a photo’s samples sum to zero, and padding has none', async () => {
    const { batch } = await filled(2)
    for (let image = 0; image < 4; image++) {
      const advantages = Array.from({ length: samples }, (_, sample) => batch.weights[(image * samples + sample) * steps])
      expect(advantages.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 6)
    }
    for (let row = 0; row < 4 * samples; row++) {
      const end = batch.targets.subarray(row * steps, (row + 1) * steps).indexOf(0n)
      if (end >= 0) expect([...batch.weights.subarray(row * steps + end + 1, (row + 1) * steps)].every((weight) => weight === 0)).toBe(true)
    }
  })

  test('the same step draws the same captions, another step others', async () => {
    const [first, again, other] = [await filled(1), await filled(1), await filled(2)]
    expect(again.batch.targets).toEqual(first.batch.targets)
    expect(other.batch.targets).not.toEqual(first.batch.targets)
  })

  test('training raises the reward of what is sampled', async () => {
    const pretrained = { ...tinyRecipe, epochs: 40, labelSmoothing: 0, averaging: 0 }
    const base = { captioner: tinyCaptioner, examples: tinyExamples, features: tinyFeatures, session: { threads: 1 } }
    let weights = initialWeights(tinyCaptioner, 1)
    for await (const event of trainCaptioner({ ...base, start: weights, recipe: pretrained })) if (event.kind === 'finished') weights = new Map(event.weights)
    const rewards: number[] = []
    const recipe = { ...pretrained, objective: { kind: 'self-critical' as const, samples: 5, temperature: 1 }, epochs: 100 }
    for await (const event of trainCaptioner({ ...base, start: weights, recipe: { ...recipe, optimizer: { ...recipe.optimizer, learningRate: 0.003 } } })) {
      if (event.kind === 'step') rewards.push(event.reward ?? Number.NaN)
    }
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length
    expect(rewards).toHaveLength(200)
    expect(mean(rewards.slice(-20))).toBeGreaterThan(mean(rewards.slice(0, 20)) * 1.2)
  })
})
