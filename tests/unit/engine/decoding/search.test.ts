import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { beamSearch } from '#engine/decoding/beam.ts'
import { greedySearch } from '#engine/decoding/greedy.ts'
import { sampleCaptions } from '#engine/decoding/sample.ts'
import { hashedNextWord, prefixStepper } from '../../../support/prefix-stepper.ts'

const outputs = 5 // the end, three words, UNK
const maximumWords = 4
const next = hashedNextWord(outputs)
const stepper = (images: readonly number[], beams: number) => prefixStepper(next, images, beams, outputs, maximumWords)

interface Listed {
  ids: number[]
  logProbability: number
}

/** Every caption without UNK: those that end, and those that the longest length cuts off. */
function everyCaption(image: number, prefix: number[] = [], sum = 0): Listed[] {
  if (prefix.length === maximumWords) return [{ ids: prefix, logProbability: sum }]
  const scores = next(image, prefix)
  return [0, 1, 2, 3].flatMap((id) => (id === 0 ? [{ ids: prefix, logProbability: sum + scores[0] }] : everyCaption(image, [...prefix, id], sum + scores[id])))
}

describe('beam search', () => {
  test('finds the best captions of all when the beam is wide enough to miss none', async () => {
    for (const image of [0, 1, 2, 3, 4]) {
      const expected = everyCaption(image).sort((a, b) => b.logProbability - a.logProbability)
      const [found] = await beamSearch(stepper([image], 200), { maximumWords })
      for (let rank = 0; rank < 20; rank++) {
        expect(found[rank].ids).toEqual(expected[rank].ids)
        expect(found[rank].logProbability).toBeCloseTo(expected[rank].logProbability, 5)
      }
    }
  })

  test('gives a batch what it gives each image alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1000), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 5 }), async (images, beams) => {
        const together = await beamSearch(stepper(images, beams), { maximumWords })
        for (const [index, image] of images.entries()) expect(together[index]).toEqual((await beamSearch(stepper([image], beams), { maximumWords }))[0])
      }),
      { numRuns: 40 },
    )
  })

  test('scores a caption by the log-probabilities of its own words and end', async () => {
    const [candidates] = await beamSearch(stepper([7], 3), { maximumWords })
    for (const { ids, ended, logProbability, tokenLogProbabilities } of candidates) {
      const words = ids.map((id, index) => next(7, ids.slice(0, index))[id])
      expect([...tokenLogProbabilities]).toEqual(words)
      const end = ended ? next(7, ids)[0] : 0
      expect(logProbability).toBeCloseTo(
        words.reduce((sum, value) => sum + value, end),
        5,
      )
    }
  })

  test('never writes UNK unless told to', async () => {
    const onlyUnknown = () => Float32Array.of(-9, -9, -9, -9, -0.01)
    const plain = prefixStepper(onlyUnknown, [0], 2, outputs, maximumWords)
    expect((await beamSearch(plain, { maximumWords }))[0].flatMap(({ ids }) => ids)).not.toContain(4)
    const allowed = prefixStepper(onlyUnknown, [0], 2, outputs, maximumWords)
    expect((await beamSearch(allowed, { maximumWords, suppressUnknown: false }))[0][0].ids).toEqual([4, 4, 4, 4])
  })

  test('a length penalty ranks by the penalised score and keeps the log-probability', async () => {
    for (const lengthPenalty of [{ kind: 'average' as const }, { kind: 'wu' as const, alpha: 0.7 }]) {
      const [found] = await beamSearch(stepper([3], 200), { maximumWords, lengthPenalty })
      for (const { ids, ended, logProbability, score } of found) {
        const length = ids.length + (ended ? 1 : 0)
        const divisor = lengthPenalty.kind === 'average' ? length : ((5 + length) / 6) ** 0.7
        expect(score).toBeCloseTo(logProbability / divisor, 6)
      }
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a))
    }
  })

  test('stops at the length asked for', async () => {
    const [found] = await beamSearch(stepper([5], 3), { maximumWords: 2 })
    expect(Math.max(...found.map(({ ids }) => ids.length))).toBeLessThanOrEqual(2)
  })
})

describe('greedy decoding', () => {
  test('takes the most probable word at every step, UNK included', async () => {
    const images = [0, 1, 2, 3, 4, 5]
    const captions = await greedySearch(stepper(images, 1), { maximumWords })
    captions.forEach(({ ids, ended, logProbability }, index) => {
      let sum = 0
      const expected: number[] = []
      for (;;) {
        const scores = next(images[index], expected)
        const best = scores.indexOf(Math.max(...scores))
        sum += scores[best]
        if (best === 0) break
        expected.push(best)
        if (expected.length === maximumWords) break
      }
      expect(ids).toEqual(expected)
      expect(ended).toBe(expected.length < maximumWords)
      expect(logProbability).toBeCloseTo(sum, 5)
    })
  })
})

describe('sampling', () => {
  const sample = (images: readonly number[], samples: number, temperature: number, seed = 1) =>
    sampleCaptions(stepper(images, samples), { maximumWords, temperature, seed, imageNumbers: images })

  test('is greedy at a temperature near nothing', async () => {
    const greedy = await greedySearch(stepper([0, 1, 2], 1), { maximumWords })
    expect((await sample([0, 1, 2], 1, 1e-4)).map(({ ids }) => ids)).toEqual(greedy.map(({ ids }) => ids))
  })

  test('gives a batch what it gives each image alone, and the same again for the same seed', async () => {
    const together = await sample([4, 9], 3, 1)
    expect(together.slice(3)).toEqual(await sample([9], 3, 1))
    expect(await sample([4, 9], 3, 1)).toEqual(together)
    expect(await sample([4, 9], 3, 1, 2)).not.toEqual(together)
  })

  test('draws first words as often as they are probable', async () => {
    const captions = await sample([11], 4000, 1)
    const counts = new Array<number>(outputs).fill(0)
    for (const { ids } of captions) counts[ids[0] ?? 0]++
    next(11, []).forEach((logProbability, id) => expect(counts[id] / 4000).toBeCloseTo(Math.exp(logProbability), 1))
  })
})
