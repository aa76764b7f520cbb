import { describe, expect, test } from 'vitest'
import type { CaptionerConfig } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { openCaptionDecoder, openFollowingDecoder, type CaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { decodeBatch } from '#engine/decoding/decode.ts'
import type { DrawnWords, RankedWords } from '#engine/decoding/stepper.ts'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { createSession } from '#engine/runtime/session.ts'
import { initialWeights } from '#engine/training/optimiser/parameter-store.ts'
import { drawn as drawnId } from '../../../support/prefix-stepper.ts'
import { publishedCaptioners, publishedFixture } from '../../../support/published-captioners.ts'
import { sharedData, withoutSharedData } from '../../../support/shared-data.ts'
import { batchFeeds, drawBatch, drawWeights, randomFrom, smallCaptioners, smallShape, visualFeeds, type DrawnBatch } from '../../../support/small-captioner.ts'

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

/** Log-probabilities of every image's first word, and of what follows two first words of each (`words`). */
async function distributions(config: CaptionerConfig, weights: ReadonlyMap<string, Float32Array>, batch: DrawnBatch, words: readonly number[]) {
  const shape = { images, captionsPerImage: 2, steps: 2, visualTokens: smallShape.visualTokens }
  const tokens = BigInt64Array.from(
    words.flatMap((word) => [0, word]),
    BigInt,
  )
  const teaching = await createSession(createCaptioner(config).teachingGraph(shape, weights), session)
  const { log_probabilities: all } = await teaching.run({ ...visualFeeds(config, shape, batch), tokens: new Tensor('int64', tokens, [2 * images, 2]) })
  await teaching.release()
  const outputs = config.words + 1
  const at = (row: number, step: number) => Float32Array.from(all.data as Float32Array).slice((2 * row + step) * outputs, (2 * row + step + 1) * outputs)
  return { first: Array.from({ length: images }, (_, image) => at(2 * image, 0)), second: words.map((_, row) => at(row, 1)) }
}

function expectRanked({ ids, logProbabilities }: RankedWords, row: number, whole: Float32Array): void {
  const outputs = whole.length
  const places = Array.from(whole.keys(), (place) => row * outputs + place)
  expect(places.map((place) => ids[place]).toSorted((a, b) => a - b)).toEqual([...whole.keys()])
  for (const place of places) expect(logProbabilities[place]).toBeCloseTo(whole[ids[place]], 5)
  for (const place of places.slice(1)) expect(logProbabilities[place]).toBeLessThanOrEqual(logProbabilities[place - 1])
}

function expectDrawn(
  { ids, logProbabilities }: DrawnWords,
  shares: Float64Array,
  wholeOf: (row: number) => Float32Array,
  { temperature, suppressUnknown }: { temperature: number; suppressUnknown: boolean },
): void {
  shares.forEach((share, row) => {
    const whole = wholeOf(row)
    expect(ids[row]).toBe(drawnId(suppressUnknown ? whole.slice(0, -1) : whole, share, temperature))
    expect(logProbabilities[row]).toBeCloseTo(whole[ids[row]], 5)
  })
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

  test('ranks and draws words as the whole distribution has them, and goes on with the images that stay', async () => {
    const { model, shape, batch, weights } = drawn(config)
    const { visualTokens } = shape
    const decoder = await openCaptionDecoder(model, weights, session)
    const outputs = config.words + 1
    const words = [2, 5, 1, 7, 3, 4, 6, 2]
    const whole = await distributions(config, weights, batch, words)
    const visual = { images, visualTokens, features: batch.features, regions: { mask: batch.mask, boxes: batch.boxes } }
    // Two rows for each image, then three images change places and one leaves, each with one row.
    const twice = { tokens: new Int32Array(2 * images), parents: Int32Array.from({ length: 2 * images }, (_, row) => row) }
    const stay = [3, 0, 2]
    const later = { tokens: Int32Array.from(stay, (image) => words[2 * image + 1]), parents: Int32Array.from(stay, (image) => 2 * image + 1), images: stay }

    const ranking = await decoder.begin(visual, 2)
    const first = await ranking.best(twice, outputs)
    for (let row = 0; row < 2 * images; row++) expectRanked(first, row, whole.first[row >> 1])
    const second = await ranking.best(later, outputs)
    stay.forEach((image, row) => expectRanked(second, row, whole.second[2 * image + 1]))

    const random = randomFrom(3)
    for (const suppressUnknown of [false, true]) {
      const drawing = await decoder.begin(visual, 2)
      const shares = Float64Array.from(twice.tokens, () => random())
      const options = { temperature: 0.7, suppressUnknown }
      expectDrawn(await drawing.draw(twice, { ...options, shares }), shares, (row) => whole.first[row >> 1], options)
      const laterShares = Float64Array.from(stay, () => random())
      expectDrawn(await drawing.draw(later, { ...options, shares: laterShares }), laterShares, (row) => whole.second[2 * stay[row] + 1], options)
    }
    await decoder.close()
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
