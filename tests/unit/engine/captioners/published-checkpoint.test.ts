import { expect, test } from 'vitest'
import { Tensor } from '#engine/runtime/onnxruntime.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { publishedCaptioners, publishedFixture } from '../../../support/published-captioners.ts'
import { sharedData, withoutSharedData } from '../../../support/shared-data.ts'
import { floats, openSession } from '../../../support/small-captioner.ts'

test.skipIf(!sharedData).each(publishedCaptioners)(
  `the published checkpoint of the %s gives the published log-probabilities, padded regions masked (else: ${withoutSharedData})`,
  async (_, folder, config) => {
    const { images, regions, weights, features, mask, boxes, expected } = publishedFixture(folder, config)
    const classes = config.words + 1
    const fedIds = 12
    const sequence = expected.integers('seq')
    const logProbabilities = expected.floats('logprobs')
    const steps = logProbabilities.length / (images * classes)
    const shape = { images, captionsPerImage: 1, steps, visualTokens: regions }
    const model = createCaptioner(config)
    const scoring = await openSession(model.scoringGraph(shape, weights))
    const sequenceOf = (image: number) => sequence.slice(image * fedIds, image * fedIds + steps)
    const ids = Array.from({ length: images }, (_row, image) => sequenceOf(image)).flat()
    const feeds = {
      features: new Tensor('float32', features, [images, regions, config.featureWidth]),
      visual_mask: new Tensor('float32', mask, [images, regions]),
      ...(model.visualInputs.includes('boxes') && { boxes: new Tensor('float32', boxes, [images, regions, 4]) }),
      tokens: new Tensor('int64', BigInt64Array.from(ids, BigInt), [images, steps]),
    }
    let compared = 0
    for (let word = 0; word < classes; word++) {
      const targets = new Tensor('int64', new BigInt64Array(images * steps).fill(BigInt(word)), [images, steps])
      const scored = floats((await scoring.run({ ...feeds, targets }))['log_probability'])
      for (let image = 0; image < images; image++) {
        // Positions that count: those up to the first padding after the beginning.
        const end = sequenceOf(image).indexOf(0, 1)
        for (let step = 0; step < (end < 0 ? steps : end); step++) {
          const row = image * steps + step
          const difference = Math.abs(scored[row] - logProbabilities[row * classes + word])
          expect(difference, `image ${image}, step ${step}, word ${word}`).toBeLessThan(1e-4)
          compared++
        }
      }
    }
    expect(compared).toBeGreaterThan(images * 4 * classes)
  },
)
