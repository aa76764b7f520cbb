import { expect, test } from 'vitest'
import type { DropoutMode, TrainingShape } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { createParameterStore, initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { openTrainingSession } from '#engine/training/loop/training-session.ts'
import { neededPlaces } from '#engine/training/data/packing.ts'
import { drawBatch, largestDifference, randomFrom, smallConfig, smallShape } from '../../../../support/small-captioner.ts'

/** The losses and gradients of three steps over one batch. */
async function threeSteps(dropout: DropoutMode, sizes: readonly number[] = []): Promise<{ losses: number[]; gradients: Float32Array }> {
  const model = createCaptioner(smallConfig)
  const store = createParameterStore(model, initialWeights(model, 1), { trainable: () => true, weightDecay: 0, averaging: false })
  const graphOf = (shape: TrainingShape) => model.trainingGraph(shape, { labelSmoothing: 0.1, dropout, trainable: () => true })
  const graphs = { shape: smallShape, sizes, graphOf }
  const session = await openTrainingSession(graphs, smallConfig.featureWidth, store, { seed: 5, session: { threads: 1 } })
  const drawn = drawBatch(smallConfig, smallShape, randomFrom(3))
  session.batch.features.set(drawn.features)
  session.batch.tokens.set(drawn.tokens)
  session.batch.targets.set(drawn.targets)
  session.batch.weights.set(drawn.weights)
  try {
    const losses = [await session.run(1, 0), await session.run(2, 0), await session.run(3, 1)]
    return { losses, gradients: Float32Array.from(store.arrays.gradients) }
  } finally {
    await session.close()
  }
}

test('masks that are fed and masks that the graph slices are the same masks', async () => {
  const fed = await threeSteps('fed')
  expect(await threeSteps('sliced')).toEqual(fed)
  expect(new Set(fed.losses).size).toBe(3)
})

test('without dropout every step over a batch is the same', async () => {
  const { losses } = await threeSteps('none')
  expect(new Set(losses).size).toBe(1)
})

test.each(['fed', 'sliced', 'none'] as const)('without its padding a batch gives the same losses and gradients, dropout %s', async (dropout) => {
  const padded = await threeSteps(dropout)
  const drawn = drawBatch(smallConfig, smallShape, randomFrom(3))
  const needed = neededPlaces(drawn.weights, smallShape.steps)
  expect(needed).toBeLessThan(drawn.weights.length - 4)
  for (const size of [needed + 1, needed + 3]) {
    const packed = await threeSteps(dropout, [size])
    expect(largestDifference(packed.losses, padded.losses)).toBeLessThan(1e-6)
    expect(largestDifference(packed.gradients, padded.gradients)).toBeLessThan(1e-6)
  }
})

test('batches of several lengths are run by the sizes that hold them, one session at a time', async () => {
  const model = createCaptioner(smallConfig)
  const store = createParameterStore(model, initialWeights(model, 1), { trainable: () => true, weightDecay: 0, averaging: false })
  const asked: (number | undefined)[] = []
  const graphOf = (shape: TrainingShape) => {
    asked.push(shape.packedPlaces)
    return model.trainingGraph(shape, { labelSmoothing: 0.1, dropout: 'fed', trainable: () => true })
  }
  const graphs = { shape: smallShape, sizes: [10, 20], graphOf }
  const session = await openTrainingSession(graphs, smallConfig.featureWidth, store, { seed: 5, session: { threads: 1 } })
  const losses: number[] = []
  for (const counted of [1, 3, 5, 1]) {
    // The first `counted` targets of every caption count.
    session.batch.weights.forEach((_, place) => (session.batch.weights[place] = place % smallShape.steps < counted ? 1 : 0))
    losses.push(await session.run(1, 0))
  }
  await session.close()
  expect(asked).toEqual([10, 20, undefined, 10])
  expect(losses[3]).toBe(losses[0])
})
