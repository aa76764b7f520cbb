import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { expect, test } from 'vitest'
import { captioner } from '#engine/captioners/captioner.ts'
import type { TransformerConfig } from '#engine/captioners/captioner.ts'
import { floatValues, integerValues, readSafetensors } from '#engine/models/safetensors.ts'
import { sharedData, withoutSharedData } from '../../../support/shared-data.ts'
import { floats, openSession } from '../../../support/small-captioner.ts'

const config: TransformerConfig = {
  architecture: 'transformer',
  encoderLayers: 2,
  decoderLayers: 2,
  width: 64,
  feedForward: 128,
  heads: 8,
  featureWidth: 24,
  words: 40,
  maximumWords: 10,
  dropout: 0.1,
  visualDropout: 0.5,
  layerNorm: 'published',
  shareEmbedding: false,
  visualNorm: false,
  visualPositions: 0,
}

function fixture(name: string) {
  const path = join(sharedData ?? '', 'captioners/transformer', name)
  const { tensors } = readSafetensors(new Uint8Array(readFileSync(path)), path)
  const tensor = (key: string) => {
    const found = tensors.get(key)
    if (found === undefined) throw new Error(`${name} lacks ${key}`)
    return found
  }
  return { floats: (key: string) => floatValues(tensor(key), key), integers: (key: string) => integerValues(tensor(key), key) }
}

test.skipIf(!sharedData)(`a published checkpoint gives the published log-probabilities (else: ${withoutSharedData})`, async () => {
  const stored = fixture('weights.safetensors')
  const expected = fixture('expected.safetensors')
  const model = captioner(config)
  const weights = new Map(model.parameters.map(({ name }) => [name, stored.floats(name)]))
  const [images, regions, steps, classes] = [4, 9, 12, config.words + 1]
  const features = expected.floats('att_feats')
  const masks = expected.floats('att_masks')
  const sequence = expected.integers('seq')
  const logProbabilities = expected.floats('logprobs')

  let compared = 0
  for (let image = 0; image < images; image++) {
    // A padded region is masked everywhere, so leaving it out is the same.
    const visualTokens = masks.subarray(image * regions, (image + 1) * regions).filter((value) => value === 1).length
    const scoring = await openSession(model.scoringGraph({ images: 1, captionsPerImage: 1, steps, visualTokens }, weights))
    const start = image * regions * config.featureWidth
    const feeds = {
      features: new Tensor('float32', features.slice(start, start + visualTokens * config.featureWidth), [1, visualTokens, config.featureWidth]),
      tokens: new Tensor('int64', BigInt64Array.from(sequence.slice(image * steps, (image + 1) * steps), BigInt), [1, steps]),
    }
    // Positions that count: those up to the first padding after the beginning.
    const end = sequence.slice(image * steps + 1, (image + 1) * steps).indexOf(0)
    const counted = end < 0 ? steps : end + 1
    for (let word = 0; word < classes; word++) {
      const targets = new Tensor('int64', new BigInt64Array(steps).fill(BigInt(word)), [1, steps])
      const scored = floats((await scoring.run({ ...feeds, targets }))['log_probability'])
      for (let step = 0; step < counted; step++) {
        const index = (image * steps + step) * classes + word
        expect(Math.abs(scored[step] - logProbabilities[index]), `image ${image}, step ${step}, word ${word}`).toBeLessThan(1e-4)
        compared++
      }
    }
  }
  expect(compared).toBeGreaterThan(images * 4 * classes)
})
