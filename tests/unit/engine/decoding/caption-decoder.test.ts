import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { captioner, type CaptionerConfig } from '#engine/captioners/captioner.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { decodeBatch } from '#engine/decoding/decode.ts'
import { floatValues, integerValues, readSafetensors } from '#engine/models/safetensors.ts'
import { createSession } from '#engine/runtime/session.ts'
import { initialWeights } from '#engine/training/parameter-store.ts'
import { sharedData, withoutSharedData } from '../../../support/shared-data.ts'
import { tinyCaptioner, tinyFeatures } from '../../../support/tiny-training.ts'

const session = { threads: 1 }

function tinyBatch(images: number): Float32Array {
  const size = tinyFeatures.visualTokens * tinyFeatures.featureWidth
  const batch = new Float32Array(images * size)
  for (let image = 0; image < images; image++) tinyFeatures.readInto(String(image), false, batch.subarray(image * size, (image + 1) * size))
  return batch
}

describe('decoding with cached keys and values', () => {
  test('gives each word the log-probability that the whole caption at once gives it', async () => {
    const weights = initialWeights(tinyCaptioner, 5)
    const images = 5
    const beams = 3
    const features = tinyBatch(images)
    const decoder = await openCaptionDecoder(tinyCaptioner, weights, session)
    const found = await decodeBatch(decoder, features, images, tinyFeatures.visualTokens, { kind: 'beam', beams })
    await decoder.close()
    const steps = tinyCaptioner.config.maximumWords + 1
    const { visualTokens, featureWidth } = tinyFeatures
    const scoring = await createSession(tinyCaptioner.scoringGraph({ images, captionsPerImage: beams, steps, visualTokens }, weights), session)
    const tokens = new BigInt64Array(images * beams * steps)
    const targets = new BigInt64Array(images * beams * steps)
    found.flat().forEach(({ ids }, row) =>
      ids.forEach((id, index) => {
        tokens[row * steps + index + 1] = BigInt(id)
        targets[row * steps + index] = BigInt(id)
      }),
    )
    const result = await scoring.run({
      features: new Tensor('float32', features, [images, visualTokens, featureWidth]),
      tokens: new Tensor('int64', tokens, [images * beams, steps]),
      targets: new Tensor('int64', targets, [images * beams, steps]),
    })
    const uncached = Array.from(result['log_probability'].data, Number)
    found.flat().forEach(({ ids, tokenLogProbabilities, logProbability, ended }, row) => {
      const expected = uncached.slice(row * steps, row * steps + ids.length)
      tokenLogProbabilities.forEach((value, index) => expect(value).toBeCloseTo(expected[index], 4))
      const end = ended ? uncached[row * steps + ids.length] : 0
      expect(logProbability).toBeCloseTo(expected.reduce((sum, value) => sum + value, end), 4)
    })
  })

  test('writes for a batch what it writes for each image alone', async () => {
    const decoder = await openCaptionDecoder(tinyCaptioner, initialWeights(tinyCaptioner, 6), session)
    const { visualTokens, featureWidth } = tinyFeatures
    const features = tinyBatch(4)
    const together = await decodeBatch(decoder, features, 4, visualTokens, { kind: 'beam', beams: 3 })
    for (let image = 0; image < 4; image++) {
      const alone = features.slice(image * visualTokens * featureWidth, (image + 1) * visualTokens * featureWidth)
      const [candidates] = await decodeBatch(decoder, alone, 1, visualTokens, { kind: 'beam', beams: 3 })
      expect(candidates.map(({ ids }) => ids)).toEqual(together[image].map(({ ids }) => ids))
    }
    await decoder.close()
  })
})

const publishedConfig: CaptionerConfig = {
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

test.skipIf(!sharedData)(`writes the published captions for beams 1, 2, 3 and 5 (else: ${withoutSharedData})`, async () => {
  const read = (name: string) => readSafetensors(readFileSync(join(sharedData ?? '', 'captioners/transformer', name)), name).tensors
  const stored = read('weights.safetensors')
  const expected = read('expected.safetensors')
  const floats = (name: string) => floatValues(expected.get(name)!, name)
  const model = captioner(publishedConfig)
  const decoder = await openCaptionDecoder(model, new Map(model.parameters.map(({ name }) => [name, floatValues(stored.get(name)!, name)])), session)
  const features = floats('att_feats')
  const masks = floats('att_masks')
  const [images, regions, length] = [4, 9, 10]
  for (const beams of [1, 2, 3, 5]) {
    const sequences = integerValues(expected.get(`beam${beams}_seq`)!, 'sequences')
    const logProbabilities = floats(`beam${beams}_logprobs`)
    for (let image = 0; image < images; image++) {
      // A padded region is masked everywhere, so leaving it out is the same.
      const visualTokens = masks.subarray(image * regions, (image + 1) * regions).filter((value) => value === 1).length
      const start = image * regions * 24
      const own = features.slice(start, start + visualTokens * 24)
      const method = beams === 1 ? { kind: 'greedy' as const } : { kind: 'beam' as const, beams }
      const [[best]] = await decodeBatch(decoder, own, 1, visualTokens, method)
      const sequence = sequences.slice(image * length, (image + 1) * length)
      const end = sequence.indexOf(0)
      const words = end < 0 ? length : end
      expect(best.ids, `beam ${beams}, image ${image}`).toEqual(sequence.slice(0, words))
      for (let i = 0; i < words; i++) expect(best.tokenLogProbabilities[i]).toBeCloseTo(logProbabilities[image * length + i], 3)
    }
  }
  await decoder.close()
})
