import fc from 'fast-check'
import { expect, test } from 'vitest'
import { complete, createWordModel, type WordModel } from '#engine/writing/completion.ts'

function modelOf(texts: readonly string[]): WordModel {
  const model = createWordModel()
  for (const text of texts) model.learn(text, 1)
  return model
}

const dogs = modelOf([
  'a brown dog runs on the beach',
  'a brown dog runs on the beach',
  'a brown dog runs through the snow',
  'a black dog swims in the sea',
  'two men play football',
])

test('the word that was begun is finished, and the rest is what usually follows', () => {
  expect(complete('a brown d', dogs, null)).toEqual({ word: 'og', rest: 'og runs on the beach' })
})

test('after a space the next word is offered', () => {
  expect(complete('a brown ', dogs, null)).toEqual({ word: 'dog', rest: 'dog runs on the beach' })
})

test('a finished word brings the word after it', () => {
  expect(complete('a brown dog', dogs, null)).toEqual({ word: ' runs', rest: ' runs on the beach' })
})

test('what is said of the image in hand counts more than all other texts', () => {
  expect(complete('a b', dogs, modelOf(['a black dog swims in the sea']))?.word).toBe('lack')
})

test('nothing is offered for words that no text has, behind a number or behind a comma', () => {
  for (const text of ['zebr', 'a brown 3', 'a brown dog,']) expect(complete(text, dogs, null)).toBeNull()
})

test('a text that is taken back leaves nothing behind', () => {
  const model = modelOf(['a brown dog'])
  model.learn('a zebra crosses', 3)
  model.learn('a zebra crosses', -3)
  expect(complete('a z', model, null)).toBeNull()
  expect(complete('a b', model, null)).toEqual({ word: 'rown', rest: 'rown dog' })
})

test('what is accepted word by word is what is accepted at once', () => {
  const words = fc.constantFrom('a', 'dog', 'dogs', 'runs', 'on', 'the', 'beach', 'snow')
  fc.assert(
    fc.property(fc.array(fc.array(words, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 12 }), words, (texts, start) => {
      const model = modelOf(texts.map((text) => text.join(' ')))
      const completion = complete(start, model, null)
      fc.pre(completion !== null)
      expect(completion?.rest.startsWith(completion.word)).toBe(true)
      expect(completion?.rest).not.toContain('</s>')
    }),
  )
})

test('probabilities of all words after a context add up to one at most', () => {
  const total = dogs.likely(['a', 'brown'], '').reduce((sum, { probability }) => sum + probability, 0)
  expect(total).toBeLessThanOrEqual(1 + 1e-12)
  expect(total).toBeGreaterThan(0.8)
})
