/**
 * The program of `webgpu-kept.test.ts`, on the provider of its argument: a decoder that follows its weights is led along a caption before and after these changed,
 * and a captioner learns for three steps with some parameters frozen; beside each, the bytes of parameters that its runs were fed from the CPU. Writes one
 * line of JSON.
 */
import type { Tensor } from '#engine/runtime/onnxruntime.ts'
import { InferenceSession } from '#engine/runtime/onnxruntime.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { openFollowingDecoder } from '#engine/decoding/caption-decoder.ts'
import { openTrainingSession } from '#engine/training/loop/training-session.ts'
import { createParameterStore } from '#engine/training/optimiser/parameter-store.ts'
import { drawBatch, drawWeights, randomFrom, smallConfig, smallShape } from '../support/small-captioner.ts'

const provider = process.argv[2] === 'webgpu' ? 'webgpu' : 'cpu'
const session = { provider, threads: 1 } as const
const random = randomFrom(5)
const model = createCaptioner(smallConfig)
const weights = drawWeights(model.parameters, random)
const { features } = drawBatch(smallConfig, smallShape, random)
const bytesOf = (names: Iterable<string>): number => [...names].reduce((sum, name) => sum + 4 * (weights.get(name)?.length ?? 0), 0)

let fedBytes = 0
type Running = { run: (this: unknown, feeds: Record<string, Tensor>, ...more: unknown[]) => unknown }
const { prototype } = InferenceSession as unknown as { prototype: Running }
const { run } = prototype
prototype.run = function (feeds, ...more) {
  fedBytes += bytesOf(Object.keys(feeds).filter((name) => weights.has(name) && feeds[name].location === 'cpu'))
  return run.call(this, feeds, ...more)
}

const decoder = await openFollowingDecoder(model, weights, session)
const opened = fedBytes
const led = async () => (await decoder.likelihoods({ ...smallShape, features }, [1, 2, 3])).map((word) => [...word])
const before = await led()
const bytes = fedBytes - opened
for (const values of weights.values()) values.forEach((value, index) => (values[index] = value * 1.5))
const after = await led()
await decoder.close()

const isFrozen = (name: string): boolean => name.startsWith('att_embed') || name.startsWith('model.encoder')
const store = createParameterStore(model, weights, { trainable: ({ name }) => !isFrozen(name), weightDecay: 0, averaging: false })
const graphOf = (shape: typeof smallShape) => model.trainingGraph(shape, { labelSmoothing: 0.1, dropout: 'none', trainable: ({ name }) => !isFrozen(name) })
const training = await openTrainingSession({ shape: smallShape, sizes: [], graphOf }, smallConfig.featureWidth, store, { seed: 1, session })
training.batch.features.set(features)
training.batch.targets.fill(1n)
training.batch.weights.fill(1)
const begun = fedBytes
const losses: number[] = []
for (let step = 1; step <= 3; step++) {
  losses.push(await training.run(step, 0))
  store.arrays.values.forEach((value, index) => (store.arrays.values[index] = value - 1e-4 * store.arrays.gradients[index]))
}
const training_ = { losses, bytes: fedBytes - begun, trainable: bytesOf(store.trainable) }
await training.close()
console.log(JSON.stringify({ provider: decoder.provider, before, after, bytes, all: bytesOf(weights.keys()), training: training_ }))
