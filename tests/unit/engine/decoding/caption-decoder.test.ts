import { Tensor } from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { captioner } from '#engine/captioners/captioner.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { decodeBatch } from '#engine/decoding/decode.ts'
import { createSession } from '#engine/runtime/session.ts'
import { initialWeights } from '#engine/training/parameter-store.ts'
import { publishedCaptioners, publishedFixture } from '../../../support/published-captioners.ts'
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

test.skipIf(!sharedData).each(publishedCaptioners)(
  `the %s writes the published captions for beams 1, 2, 3 and 5, padded images among them (else: ${withoutSharedData})`,
  async (_, folder, config) => {
    const { images, regions, weights, features, mask, boxes, expected } = publishedFixture(folder, config)
    const decoder = await openCaptionDecoder(captioner(config), weights, session)
    const length = config.maximumWords
    for (const beams of [1, 2, 3, 5]) {
      const sequences = expected.integers(`beam${beams}_seq`)
      const logProbabilities = expected.floats(`beam${beams}_logprobs`)
      const method = beams === 1 ? { kind: 'greedy' as const } : { kind: 'beam' as const, beams }
      const decoded = await decodeBatch(decoder, features, images, regions, method, Infinity, { mask, boxes })
      decoded.forEach(([best], image) => {
        const sequence = sequences.slice(image * length, (image + 1) * length)
        const end = sequence.indexOf(0)
        const words = end < 0 ? length : end
        expect(best.ids, `beam ${beams}, image ${image}`).toEqual(sequence.slice(0, words))
        for (let i = 0; i < words; i++) expect(best.tokenLogProbabilities[i]).toBeCloseTo(logProbabilities[image * length + i], 3)
      })
    }
    await decoder.close()
  },
)

test('a captioner over regions says what it was not given', async () => {
  const [, , config] = publishedCaptioners[1]
  const model = captioner(config)
  const decoder = await openCaptionDecoder(model, initialWeights(model, 1), session)
  await expect(decoder.begin(new Float32Array(3 * config.featureWidth), 1, 3, 1)).rejects.toMatchObject({ code: 'bad-input' })
  await decoder.close()
})
