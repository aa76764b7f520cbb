import { expect, test } from 'vitest'
import { methodOf, schoolingOf, settledRecipe } from '#engine/fine-tuning/learning-method.ts'
import type { Provenance } from '#engine/models/manifest.ts'
import { fineTuneRecipeSchema } from '#shared/domain.ts'

const trainedBy = (recipe: Provenance['recipe']) => ({
  provenance: { parent: null, snapshot: null, recipe, seed: 1, metrics: [], created: '2026-01-01T00:00:00Z', trainingSeconds: 1 },
})
const imitated = { objective: { kind: 'cross-entropy' } }
const rewarded = { objective: { kind: 'self-critical', samples: 5 } }
const defaults = fineTuneRecipeSchema.parse({})

test('the last stage of a captioner’s training says how it was schooled, and a fine-tuned one keeps its parent’s schooling', () => {
  expect(schoolingOf(trainedBy({ stages: [imitated, rewarded] }))).toBe('self-critical')
  expect(schoolingOf(trainedBy({ stages: [imitated, imitated] }))).toBe('cross-entropy')
  expect(schoolingOf(trainedBy(imitated))).toBe('cross-entropy')
  expect(schoolingOf(trainedBy({ schooling: 'cross-entropy', epochs: 3 }))).toBe('cross-entropy')
  expect(schoolingOf(trainedBy({ schooling: 'self-critical' }))).toBe('self-critical')
})

test('a captioner whose manifest says nothing counts as one with something to lose', () => {
  expect(schoolingOf(trainedBy({}))).toBe('self-critical')
})

test('biases alone learn after self-critical training, the decoder after imitation, and the run says why', () => {
  expect(settledRecipe(defaults, trainedBy(rewarded))).toMatchObject({ parts: 'biases', criticEpochs: 0 })
  expect(settledRecipe(defaults, trainedBy(imitated))).toMatchObject({ parts: 'decoder' })
  expect(methodOf(defaults, trainedBy(rewarded))).toContain('with biases and norms alone: the parent went through self-critical training')
})

test('what a person chose stands, zero too', () => {
  const chosen = fineTuneRecipeSchema.parse({ parts: 'all', keep: 1, averaging: 0, labelSmoothing: 0 })
  expect(settledRecipe(chosen, trainedBy(rewarded))).toMatchObject({ parts: 'all', keep: 1, averaging: 0, labelSmoothing: 0, replay: 0.5 })
  expect(methodOf(chosen, trainedBy(rewarded))).toBe('Corrections are imitated with all parts, as the recipe says.')
})

test('a settled recipe leaves nothing open', () => {
  for (const parent of [trainedBy(rewarded), trainedBy(imitated)]) expect(Object.values(settledRecipe(defaults, parent))).not.toContain(null)
})
