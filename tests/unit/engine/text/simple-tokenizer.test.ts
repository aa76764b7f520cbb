import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tokenize } from '#engine/text/simple-tokenizer.ts'

describe('tokenize', () => {
  test('lower-cases and drops punctuation', () => {
    expect(tokenize('  A man, riding (fast)  a "horse"... Yes?! ')).toEqual(['a', 'man', 'riding', 'fast', 'a', 'horse', 'yes'])
  })

  test('keeps hyphenated words, numbers and clitics as the Penn Treebank does', () => {
    expect(tokenize("Two men's black-and-white T-shirts don't cost 4.50 at 6:55 – it’s 1/2 off").join(' ')).toBe(
      "two men 's black-and-white t-shirts do n't cost 4.50 at 6:55 it 's 1/2 off",
    )
  })

  test('gives no tokens for an empty caption', () => {
    expect(tokenize('')).toEqual([])
    expect(tokenize(' ... ')).toEqual([])
  })

  test('leaves already tokenized captions unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (caption) => {
        const tokens = tokenize(caption)
        expect(tokenize(tokens.join(' '))).toEqual(tokens)
      }),
    )
  })
})
