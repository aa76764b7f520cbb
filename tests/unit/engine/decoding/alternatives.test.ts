import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { alternativesTo } from '#engine/decoding/alternatives.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { createSession } from '#engine/runtime/session.ts'
import { drawBatch, drawWeights, randomFrom, smallCaptioners, smallShape, visualFeeds } from '../../../support/small-captioner.ts'

test('alternatives are the most probable words in order, and the rank is the place among all', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -6, max: 0 }), { minLength: 1, maxLength: 30 }), fc.nat(), (values, draw) => {
      const id = draw % values.length
      const sorted = [...values.keys()].sort((a, b) => values[b] - values[a] || a - b)
      const { rank, ids, logProbabilities } = alternativesTo(id, Float32Array.from(values))
      expect(ids).toEqual(sorted.slice(0, 5))
      expect(rank).toBe(sorted.indexOf(id) + 1)
      expect(logProbabilities).toEqual(ids.map((each) => values[each]))
    }),
  )
})

describe.each(smallCaptioners)('%s', (_, config) => {
  test('the probabilities of alternatives are those of the whole caption’s graph', async () => {
    const random = randomFrom(4)
    const captioner = createCaptioner(config)
    const weights = drawWeights(captioner.parameters, random)
    const caption = [2, 9, 4]
    const shape = { images: 1, captionsPerImage: 1, steps: caption.length, visualTokens: smallShape.visualTokens }
    const { features, mask, boxes, ...rest } = drawBatch(config, { ...shape, images: 2 }, random)
    const half = (values: Float32Array) => values.slice(0, values.length / 2)
    const batch = { ...rest, features: half(features), mask: half(mask), boxes: half(boxes) }
    const decoder = await openCaptionDecoder(captioner, weights, { threads: 1 })
    const visual = { images: 1, visualTokens: shape.visualTokens, features: batch.features, regions: { mask: batch.mask, boxes: batch.boxes } }
    const { alternatives } = await decoder.follow(visual, caption)
    await decoder.close()
    const teaching = await createSession(captioner.teachingGraph(shape, weights), { threads: 1 })
    const tokens = new Tensor('int64', BigInt64Array.from([0, ...caption.slice(0, -1)], BigInt), [1, caption.length])
    const { log_probabilities: whole } = await teaching.run({ ...visualFeeds(config, shape, batch), tokens })
    await teaching.release()
    const outputs = config.words + 1
    expect(alternatives).toHaveLength(caption.length)
    for (const [word, { ids, logProbabilities }] of alternatives.entries()) {
      expect(ids).toHaveLength(5)
      for (const [place, id] of ids.entries()) expect(logProbabilities[place]).toBeCloseTo(Number(whole.data[word * outputs + id]), 4)
    }
  })
})
