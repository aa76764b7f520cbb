import { expect, test } from 'vitest'
import type { DropoutMode } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { createParameterStore, initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { openTrainingSession } from '#engine/training/loop/training-session.ts'
import { drawBatch, randomFrom, smallConfig, smallShape } from '../../../../support/small-captioner.ts'

/** The losses and gradients of three steps over one batch. */
async function threeSteps(dropout: DropoutMode): Promise<{ losses: number[]; gradients: Float32Array }> {
  const model = createCaptioner(smallConfig)
  const store = createParameterStore(model, initialWeights(model, 1), { trainable: () => true, weightDecay: 0, averaging: false })
  const graph = model.trainingGraph(smallShape, { labelSmoothing: 0.1, dropout, trainable: () => true })
  const session = await openTrainingSession(graph, smallConfig.featureWidth, store, { seed: 5, session: { threads: 1 } })
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
