import { expect, test } from 'vitest'
import { teachingReport } from '#engine/fine-tuning/lessons.ts'
import { buildVocabulary } from '#engine/text/vocabulary.ts'
import { tinyCaptioner } from '../../../support/tiny-training.ts'

const vocabulary = buildVocabulary(['a dog in the snow', 'two cats on grass'], 1)
const weights = new Map<string, Float32Array>()
const start = { captioner: tinyCaptioner, weights, teacher: weights, vocabulary }
const judged = [
  { imageId: 1, key: 'a', references: ['a dog in the snow'] },
  { imageId: 2, key: 'b', references: ['two dogs in the snow'] },
  { imageId: 3, key: 'c', references: ['a cat on grass'] },
]
const before = { texts: ['a dog on grass', 'two dogs on grass', 'a cat on grass'], scores: [0.5, 0.5, 2] }
const after = { texts: ['a dog in the snow', 'two dogs on grass', 'a cat in the snow'], scores: [2, 0.5, 0.4] }
const learned = new Map([
  [10, ['a man in the snow']],
  [11, ['snow on a hill']],
])
const errors = new Map([
  [1, ['object']],
  [3, ['count']],
  [10, ['object']],
])

const report = teachingReport({ judged, start }, { before, after }, learned, errors)

test('a word’s lesson is how often held-out photos whose correction has it say it, before and after', () => {
  expect(report.words).toContainEqual({ name: 'snow', corrections: 2, photos: 2, before: 0, after: 0.5 })
})

test('words that changed nothing are no lessons, nor are words that no held-out correction has', () => {
  expect(report.words.map(({ name }) => name)).not.toContain('a')
  expect(report.words.map(({ name }) => name)).not.toContain('hill')
})

test('an error type’s lesson is the score of the held-out photos with that error', () => {
  expect(report.errorTypes).toEqual([{ name: 'object', corrections: 1, photos: 1, before: 0.5, after: 2 }])
})

test('the photos that got worse come with what was said before and after', () => {
  expect(report.worse).toEqual([
    { imageId: 3, before: 'a cat on grass', after: 'a cat in the snow', correction: 'a cat on grass', difference: expect.closeTo(-1.6) },
  ])
})
