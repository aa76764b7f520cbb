/** Words without one visual token: what is masked anyway is not missed, and what is left out is left out as the captioner's input would leave it out. */
import { describe, expect, test } from 'vitest'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import type { CaptionerConfig } from '#engine/captioners/captioner.ts'
import { logProbabilitiesWithout, removalOf } from '#engine/captioning/occlusion.ts'
import type { VisualBatch } from '#engine/captioning/visual-batch.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { drawBatch, drawWeights, randomFrom, smallCaptioners, smallShape } from '../../../support/small-captioner.ts'

const ids = [3, 1, 7]
const tokens = Array.from({ length: smallShape.visualTokens }, (_, token) => token)

/** The second image of a drawn batch: where tokens are regions, its last is padding. */
async function drawn(config: CaptionerConfig) {
  const random = randomFrom(8)
  const captioner = createCaptioner(config)
  const batch = drawBatch(config, smallShape, random)
  const { visualTokens } = smallShape
  const part = (values: Float32Array, width: number) => values.slice(visualTokens * width, 2 * visualTokens * width)
  const regions = { mask: part(batch.mask, 1), boxes: part(batch.boxes, 4) }
  const visual: VisualBatch = { images: 1, visualTokens, features: part(batch.features, config.featureWidth), regions }
  const decoder = await openCaptionDecoder(captioner, drawWeights(captioner.parameters, random), { threads: 1 })
  return { captioner, visual, decoder }
}

describe.each(smallCaptioners)('%s', (_, config) => {
  test('misses a token that it sees, and none that is padding', async () => {
    const { captioner, visual, decoder } = await drawn(config)
    const { logProbabilities } = await decoder.follow(visual, ids)
    const without = await logProbabilitiesWithout(decoder, captioner, visual, ids, tokens)
    expect(without).toHaveLength(ids.length)
    for (const [word, values] of without.entries()) {
      expect(values).toHaveLength(tokens.length)
      expect(Math.abs(values[0] - logProbabilities[word])).toBeGreaterThan(1e-6)
      if (removalOf(captioner) === 'hidden') expect(values[tokens.length - 1]).toBeCloseTo(logProbabilities[word], 5)
    }
    await decoder.close()
  })

  test('stops between copies once nobody waits', async () => {
    const { captioner, visual, decoder } = await drawn(config)
    const stop = new AbortController()
    let read = 0
    const likelihoods: typeof decoder.likelihoods = (...asked) => {
      read += 1
      stop.abort()
      return decoder.likelihoods(...asked)
    }
    const many = Array.from({ length: 100 }, (_, copy) => tokens[copy % tokens.length])
    await expect(logProbabilitiesWithout({ likelihoods }, captioner, visual, ids, many, stop.signal)).rejects.toMatchObject({ code: 'cancelled' })
    expect(read).toBe(1)
    await decoder.close()
  })

  test('gives a token away as an input without it would', async () => {
    const { captioner, visual, decoder } = await drawn(config)
    const { featureWidth } = config
    const token = 1
    const changed = { ...visual, features: visual.features.slice(), regions: { mask: visual.regions.mask.slice(), boxes: visual.regions.boxes.slice() } }
    const hidden = removalOf(captioner) === 'hidden'
    for (let unit = 0; unit < featureWidth; unit++) {
      const mean = tokens.reduce((sum, each) => sum + visual.features[each * featureWidth + unit], 0) / tokens.length
      changed.features[token * featureWidth + unit] = hidden ? 0 : mean
    }
    if (hidden) {
      changed.regions.mask[token] = 0
      changed.regions.boxes.fill(0, 4 * token, 4 * token + 4)
    }
    const { logProbabilities } = await decoder.follow(changed, ids)
    const without = await logProbabilitiesWithout(decoder, captioner, visual, ids, tokens)
    for (const [word, values] of without.entries()) expect(values[token]).toBeCloseTo(logProbabilities[word], 5)
    await decoder.close()
  })
})
