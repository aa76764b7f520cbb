import { expect, test } from 'vitest'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { trainCaptioner } from '#engine/training/loop/train.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import type { TrainingRecipe } from '#engine/training/runs/recipe.ts'
import { tinyCaptioner, tinyExamples, tinyFeatures, tinyRecipe } from '../../../../support/tiny-training.ts'

const { config } = tinyCaptioner
if (config.architecture !== 'transformer') throw new Error('the tiny captioner is a Transformer')
const captioner = createCaptioner({ ...config, visualPositions: 0, regions: 'masked' })
const features: FeatureSource = {
  ...tinyFeatures,
  // The last token is padding.
  readRegionsInto(_key, _mirrored, mask, boxes) {
    mask.fill(1).fill(0, mask.length - 1)
    boxes.fill(0.5)
  },
}
const examples = tinyExamples.map((example) => ({
  ...example,
  contrasts: example.captions.map((preferred) => ({ preferred, rejected: Int32Array.of(19), weight: 1 })),
}))

test.each<[string, Partial<TrainingRecipe>]>([
  ['held to its parent', { distillation: 1 }],
  ['that prefers corrections', { preference: { weight: 1, beta: 0.1 } }],
])('a captioner over regions %s learns', async (_, change) => {
  const recipe = { ...tinyRecipe, epochs: 2, ...change }
  const losses: number[] = []
  const run = { captioner, start: initialWeights(captioner, 1), recipe, examples, features, session: { threads: 1 } }
  for await (const event of trainCaptioner(run)) if (event.kind === 'step') losses.push(event.loss)
  expect(losses).toHaveLength(4)
  expect(losses.every(Number.isFinite)).toBe(true)
})
