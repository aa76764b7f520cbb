/**
 * The program that `webgpu.test.ts` runs once per provider, in a process of its own, because the Vulkan driver is chosen before a process starts:
 * five training steps with dropout and a beam search of a small captioner. Writes one line of JSON.
 */
import { InferenceSession } from '#engine/runtime/onnxruntime.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { beamSearch } from '#engine/decoding/beam.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { batchFeeds, drawBatch, drawWeights, dropoutFeeds, floats, parameterFeeds, randomFrom, smallConfig, smallShape } from '../support/small-captioner.ts'

const provider = process.argv[2] === 'webgpu' ? 'webgpu' : 'cpu'
const random = randomFrom(5)
const model = createCaptioner(smallConfig)
const weights = drawWeights(model.parameters, random)
const batch = drawBatch(smallConfig, smallShape, random)
const graph = model.trainingGraph(smallShape, { labelSmoothing: 0.1, dropout: 'sliced', trainable: () => true })
const session = await InferenceSession.create(graph.model, { executionProviders: [provider], logSeverityLevel: 3 })

const losses: number[] = []
for (let step = 0; step < 5; step++) {
  const results = await session.run({
    ...batchFeeds(smallConfig, smallShape, batch, 'training'),
    ...parameterFeeds(model.parameters, weights),
    ...dropoutFeeds(graph, random),
  })
  losses.push(floats(results['loss'])[0])
  for (const [name, values] of weights) floats(results[`gradient:${name}`]).forEach((gradient, index) => (values[index] -= 0.5 * gradient))
}

const decoder = await openCaptionDecoder(model, weights, { provider, threads: 1 })
const stepper = await decoder.begin({ ...smallShape, features: batch.features }, 3)
const captions = await beamSearch(stepper, { maximumWords: smallConfig.maximumWords })
console.log(JSON.stringify({ provider: decoder.provider, losses, captions: captions.flat().map(({ ids, logProbability }) => ({ ids, logProbability })) }))
