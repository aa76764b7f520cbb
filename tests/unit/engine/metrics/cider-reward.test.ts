import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCiderReward } from '#engine/metrics/cider-reward.ts'
import { scoreCorpus } from '#engine/metrics/score-corpus.ts'

const caption = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 10 })
const imageReferences = fc.array(caption, { minLength: 1, maxLength: 4 })

test('equals CIDEr-D of the same captions as words with the end token written out', () => {
  fc.assert(
    fc.property(fc.array(imageReferences, { minLength: 2, maxLength: 6 }), fc.array(caption, { minLength: 1, maxLength: 6 }), (training, samples) => {
      const reward = createCiderReward(training)
      const asWords = (ids: number[]): string[] => [...ids, 0].map(String)
      const images = training.map((references, id) => {
        const candidate = samples[id % samples.length]
        return { id, candidate: asWords(candidate), references: references.map(asWords) }
      })
      const { perImage } = scoreCorpus({ images, metrics: ['CIDEr'] })
      training.forEach((references, id) => {
        const candidate = samples[id % samples.length]
        // Padding behind the end token does not count; the second caption is another image's turn in the same batch.
        const [first, again] = reward.score(references, [
          [...candidate, 0, 0, 0],
          [...candidate, 0],
        ])
        expect(first).toBeCloseTo(perImage.get(id)!.CIDEr, 10)
        expect(again).toBe(first)
      })
    }),
  )
})

test('a caption that never ends earns less than the same with its end', () => {
  const references = [[[1, 2, 3]], [[4, 5, 6, 7]], [[8, 9]]]
  const [ended, unended] = createCiderReward(references).score(references[0], [
    [1, 2, 3, 0],
    [1, 2, 3],
  ])
  expect(ended).toBeCloseTo(10, 10)
  expect(unended).toBeLessThan(ended)
})

test('references of the longest length or over it can be compared with as published labels hold them: cut, without an end', () => {
  const references = [[[1, 2, 3, 4, 5]], [[6, 7]], [[8, 9]]]
  const score = (longestReference: number, candidate: number[]): number =>
    createCiderReward(references, { longestReference }).score(references[0], [candidate])[0]
  expect(score(4, [1, 2, 3, 4])).toBeCloseTo(10, 10)
  expect(score(5, [1, 2, 3, 4, 5])).toBeCloseTo(10, 10)
  expect(score(5, [1, 2, 3, 4, 5, 0])).toBeLessThan(10)
  expect(score(6, [1, 2, 3, 4, 5, 0])).toBeCloseTo(10, 10)
  // Frequencies are of whole references, so that the others are scored as before.
  expect(createCiderReward(references, { longestReference: 4 }).score(references[1], [[6, 0]])).toEqual(
    createCiderReward(references).score(references[1], [[6, 0]]),
  )
})

test('a reference that fills a published label teaches no end: words without one earn all of it', () => {
  const eight = [1, 2, 3, 4, 5, 6, 7, 8]
  const references = [[eight], [[9, 10]], [[11, 12]]]
  const rewards = createCiderReward(references, { longestReference: 8 }).score(references[0], [eight, [...eight, 0], [...eight.slice(0, 7), 0]])
  // By hand. All n-grams are of one image and weigh the same, but for the end alone, which is of all and weighs nothing; the length counts bigrams.
  const mean = (...cosines: number[]): number => (10 * cosines.reduce((sum, each) => sum + each, 0)) / 4
  expect(rewards[0]).toBeCloseTo(10, 10)
  expect(rewards[1]).toBeCloseTo(mean(1, 7 / Math.sqrt(7 * 8), 6 / Math.sqrt(6 * 7), 5 / Math.sqrt(5 * 6)) * Math.exp(-1 / 72), 10)
  expect(rewards[2]).toBeCloseTo(mean(7 / Math.sqrt(7 * 8), 6 / 7, 5 / 6, 4 / 5), 10)
})

test('another end token can be named', () => {
  const references = [[[1, 2, 3, 99]], [[4, 5, 6, 99]]]
  expect(createCiderReward(references, { endToken: 99 }).score(references[0], [[1, 2, 3, 99, 0, 0]])[0]).toBeCloseTo(10, 10)
})

test('needs references', () => {
  expect(() => createCiderReward([])).toThrow('at least one image')
})
