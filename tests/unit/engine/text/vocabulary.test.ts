import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildVocabulary, decodeWords, encodeCaption, joinWords, vocabularyFromJson, vocabularyToJson } from '#engine/text/vocabulary.ts'
import { tokenize } from '#engine/text/simple-tokenizer.ts'

const captions = ['A dog runs .', 'a dog and a cat', "the man 's dog does n't run", 'a cat']

describe('vocabulary', () => {
  test('holds words from the minimum count on, most frequent first, UNK last', () => {
    expect(buildVocabulary(captions, 2).words).toEqual(['a', 'dog', 'cat', 'UNK'])
  })

  test('gives word i the id i + 1, unknown words the last id, and 0 to none', () => {
    const vocabulary = buildVocabulary(captions, 2)
    expect([...encodeCaption(vocabulary, 'A dog, a zebra!')]).toEqual([1, 2, 1, 4])
    expect(vocabulary.unknownId).toBe(4)
  })

  test('decodes up to the first 0', () => {
    expect(decodeWords(buildVocabulary(captions, 2), [1, 3, 0, 2])).toEqual(['a', 'cat'])
  })

  test('does not depend on the order of the captions', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(captions, { minLength: captions.length }), (shuffled) => {
        expect(buildVocabulary(shuffled, 1).words).toEqual(buildVocabulary(captions, 1).words)
      }),
    )
  })

  test('survives JSON', () => {
    const vocabulary = buildVocabulary(captions, 1)
    expect(vocabularyFromJson(JSON.parse(JSON.stringify(vocabularyToJson(vocabulary))))).toEqual(vocabulary)
  })

  test.each([
    ['without UNK at the end', { formatVersion: 1, tokenizer: 'simple', words: ['UNK', 'a'] }],
    ['with a word given twice', { formatVersion: 1, tokenizer: 'simple', words: ['a', 'a', 'UNK'] }],
    ['of another tokenizer', { formatVersion: 1, tokenizer: 'magic', words: ['UNK'] }],
  ])('refuses a list %s', (_, json) => {
    expect(() => vocabularyFromJson(json)).toThrow()
  })
})

test('joined words read well and tokenize back to themselves', () => {
  const words = ['the', 'man', "'s", 'dog', 'does', "n't", 'run']
  expect(joinWords(words)).toBe("the man's dog doesn't run")
  expect(tokenize(joinWords(words))).toEqual(words)
})
