import { describe, expect, test } from 'vitest'
import type { CaptionerConfig } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { openCaptionDecoder, openFollowingDecoder, type CaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { decodeBatch } from '#engine/decoding/decode.ts'
import { createSession } from '#engine/runtime/session.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { publishedCaptioners, publishedFixture } from '../../../support/published-captioners.ts'
import { sharedData, withoutSharedData } from '../../../support/shared-data.ts'
import { batchFeeds, drawBatch, drawWeights, randomFrom, smallCaptioners, smallShape, type DrawnBatch } from '../../../support/small-captioner.ts'

const session = { threads: 1 }
const images = 4
const beams = 3

/** A captioner with drawn weights and a batch of images, one of which has a padded region where the captioner sees regions. */
function drawn(config: CaptionerConfig) {
  const random = randomFrom(5)
  const model = createCaptioner(config)
  const shape = { images, captionsPerImage: beams, steps: config.maximumWords + 1, visualTokens: smallShape.visualTokens }
  const batch = drawBatch(config, shape, random)
  return { model, shape, batch, weights: drawWeights(model.parameters, random) }
}

/** Beam search over some images of a batch. */
async function search(decoder: CaptionDecoder, batch: DrawnBatch, { visualTokens, featureWidth }: Widths, first = 0, count = images) {
  const { features, mask, boxes } = batch
  const part = (values: Float32Array, width: number) => values.slice(first * visualTokens * width, (first + count) * visualTokens * width)
  const regions = { mask: part(mask, 1), boxes: part(boxes, 4) }
  return decodeBatch(decoder, { images: count, visualTokens, features: part(features, featureWidth), regions }, { method: { kind: 'beam', beams } })
}

interface Widths {
  readonly visualTokens: number
  readonly featureWidth: number
}

describe.each(smallCaptioners)('decoding with cached keys and values: %s', (_, config) => {
  test('led along a caption that it wrote, it gives the same log-probabilities, and attends to what there is', async () => {
    const { model, shape, batch, weights } = drawn(config)
    const { visualTokens } = shape
    const { featureWidth } = config
    const decoder = await openCaptionDecoder(model, weights, session)
    const found = await search(decoder, batch, { visualTokens, featureWidth })
    for (const image of [0, 1]) {
      const [{ ids, tokenLogProbabilities }] = found[image]
      const part = (values: Float32Array, width: number) => values.slice(image * visualTokens * width, (image + 1) * visualTokens * width)
      const { logProbabilities, attention } = await decoder.follow(
        { images: 1, visualTokens, features: part(batch.features, featureWidth), regions: { mask: part(batch.mask, 1), boxes: part(batch.boxes, 4) } },
        ids,
      )
      ids.forEach((_id, word) => expect(logProbabilities[word]).toBeCloseTo(tokenLogProbabilities[word], 4))
      expect(attention).toHaveLength(ids.length)
      const padded = model.visualInputs.length > 0 && image === 1 ? 1 : 0
      for (const weightsOfWord of attention) {
        expect(weightsOfWord).toHaveLength(visualTokens)
        expect(weightsOfWord.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
        if (padded === 1) expect(weightsOfWord[visualTokens - 1]).toBe(0)
      }
    }
    await decoder.close()
  })

  test('gives each word the log-probability that the whole caption at once gives it', async () => {
    const { model, shape, batch, weights } = drawn(config)
    const { steps, visualTokens } = shape
    const decoder = await openCaptionDecoder(model, weights, session)
    const found = await search(decoder, batch, { visualTokens, featureWidth: config.featureWidth })
    await decoder.close()
    const scoring = await createSession(model.scoringGraph(shape, weights), session)
    const tokens = new BigInt64Array(images * beams * steps)
    const targets = new BigInt64Array(images * beams * steps)
    found.flat().forEach(({ ids }, row) =>
      ids.forEach((id, index) => {
        tokens[row * steps + index + 1] = BigInt(id)
        targets[row * steps + index] = BigInt(id)
      }),
    )
    const result = await scoring.run(batchFeeds(config, shape, { ...batch, tokens, targets }, 'scoring'))
    await scoring.release()
    const uncached = Array.from(result['log_probability'].data, Number)
    found.flat().forEach(({ ids, tokenLogProbabilities, logProbability, ended }, row) => {
      const expected = uncached.slice(row * steps, row * steps + ids.length)
      tokenLogProbabilities.forEach((value, index) => expect(value).toBeCloseTo(expected[index], 4))
      const end = ended ? uncached[row * steps + ids.length] : 0
      expect(logProbability).toBeCloseTo(
        expected.reduce((sum, value) => sum + value, end),
        4,
      )
    })
  })

  test('follows weights that change', async () => {
    const { model, shape, batch, weights } = drawn(config)
    const widths = { visualTokens: shape.visualTokens, featureWidth: config.featureWidth }
    const following = await openFollowingDecoder(model, weights, session)
    const before = await search(following, batch, widths)
    const random = randomFrom(8)
    for (const values of weights.values()) for (let i = 0; i < values.length; i++) values[i] += random() - 0.5
    const after = await search(following, batch, widths)
    await following.close()
    const anew = await openCaptionDecoder(model, weights, session)
    const expected = await search(anew, batch, widths)
    await anew.close()
    const scores = (found: typeof before) => found.flat().map(({ logProbability }) => logProbability)
    scores(after).forEach((score, index) => expect(score).toBeCloseTo(scores(expected)[index], 4))
    expect(scores(after)).not.toEqual(scores(before))
  })

  test('writes for a batch what it writes for each image alone', async () => {
    const { model, shape, batch, weights } = drawn(config)
    const widths = { visualTokens: shape.visualTokens, featureWidth: config.featureWidth }
    const decoder = await openCaptionDecoder(model, weights, session)
    const together = await search(decoder, batch, widths)
    for (let image = 0; image < images; image++) {
      const [candidates] = await search(decoder, batch, widths, image, 1)
      expect(candidates.map(({ ids }) => ids)).toEqual(together[image].map(({ ids }) => ids))
    }
    await decoder.close()
  })
})

test.skipIf(!sharedData).each(publishedCaptioners)(
  `the %s writes the published captions for beams 1, 2, 3 and 5, padded images among them (else: ${withoutSharedData})`,
  async (_, folder, config) => {
    const { images, regions, weights, features, mask, boxes, expected } = publishedFixture(folder, config)
    const decoder = await openCaptionDecoder(createCaptioner(config), weights, session)
    const length = config.maximumWords
    for (const beams of [1, 2, 3, 5]) {
      const sequences = expected.integers(`beam${beams}_seq`)
      const logProbabilities = expected.floats(`beam${beams}_logprobs`)
      const method = beams === 1 ? { kind: 'greedy' as const } : { kind: 'beam' as const, beams }
      const decoded = await decodeBatch(decoder, { images, visualTokens: regions, features, regions: { mask, boxes } }, { method })
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
  const model = createCaptioner(config)
  const decoder = await openCaptionDecoder(model, initialWeights(model, 1), session)
  await expect(decoder.begin({ images: 1, visualTokens: 3, features: new Float32Array(3 * config.featureWidth) }, 1)).rejects.toMatchObject({
    code: 'bad-input',
  })
  await decoder.close()
})
