import { expect, test } from 'vitest'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { trainCaptioner } from '#engine/training/loop/train.ts'
import type { Weights } from '#engine/captioners/captioner.ts'
import { tinyCaptioner, tinyExamples, tinyFeatures, tinyRecipe } from '../../../../support/tiny-training.ts'

const start = initialWeights(tinyCaptioner, 1)
const newWords = { first: 17, end: 20 }

async function learned(options: { newWords?: typeof newWords }): Promise<Weights> {
  const recipe = { ...tinyRecipe, parts: 'biases' as const, epochs: 2, optimizer: { ...tinyRecipe.optimizer, weightDecay: 0 } }
  for await (const event of trainCaptioner({
    captioner: tinyCaptioner,
    start,
    recipe,
    examples: tinyExamples,
    features: tinyFeatures,
    session: { threads: 1 },
    ...options,
  })) {
    if (event.kind === 'finished') return event.weights
  }
  throw new Error('training ended without a result')
}

/** Ids of the rows of a parameter that moved. */
function movedRows(name: string, shape: readonly number[], weights: Weights): number[] {
  const [before, after] = [start.get(name) ?? [], weights.get(name) ?? []]
  const width = shape.length === 1 ? 1 : shape.slice(1).reduce((product, size) => product * size, 1)
  return Array.from({ length: shape[0] }, (_, row) => row).filter((row) =>
    Array.from({ length: width }, (_, column) => row * width + column).some((place) => before[place] !== after[place]),
  )
}

test('where biases learn, no matrix moves', async () => {
  const weights = await learned({})
  for (const { name, shape } of tinyCaptioner.parameters) {
    if (shape.length > 1) expect(movedRows(name, shape, weights), name).toEqual([])
  }
  expect(movedRows('model.generator.proj.bias', [tinyCaptioner.config.words + 1], weights)).not.toEqual([])
})

test('of the word tables only the rows of words that joined learn', async () => {
  const weights = await learned({ newWords })
  for (const { name, shape } of tinyCaptioner.parameters) {
    if (shape.length === 1) continue
    const moved = movedRows(name, shape, weights)
    if (shape[0] === tinyCaptioner.config.words + 1) {
      expect(moved.length, name).toBeGreaterThan(0)
      expect(
        moved.every((row) => row >= newWords.first && row < newWords.end),
        name,
      ).toBe(true)
    } else expect(moved, name).toEqual([])
  }
})
