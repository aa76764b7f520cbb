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

test('references over the longest length can be compared with as they are taught: cut, without an end', () => {
  const references = [[[1, 2, 3, 4, 5]], [[6, 7]], [[8, 9]]]
  const score = (longestReference: number, candidate: number[]): number =>
    createCiderReward(references, { longestReference }).score(references[0], [candidate])[0]
  expect(score(4, [1, 2, 3, 4])).toBeCloseTo(10, 10)
  expect(score(5, [1, 2, 3, 4])).toBeLessThan(10)
  expect(score(5, [1, 2, 3, 4, 5, 0])).toBeCloseTo(10, 10)
  // Frequencies are of whole references, so that the others are scored as before.
  expect(createCiderReward(references, { longestReference: 4 }).score(references[1], [[6, 0]])).toEqual(
    createCiderReward(references).score(references[1], [[6, 0]]),
  )
})

test('another end token can be named', () => {
  const references = [[[1, 2, 3, 99]], [[4, 5, 6, 99]]]
  expect(createCiderReward(references, { endToken: 99 }).score(references[0], [[1, 2, 3, 99, 0, 0]])[0]).toBeCloseTo(10, 10)
})

test('needs references', () => {
  expect(() => createCiderReward([])).toThrow('at least one image')
})
