import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { align } from '#engine/metrics/meteor/alignment.ts'
import { createLexicon } from '#engine/metrics/meteor/lexicon.ts'
import { findMatches } from '#engine/metrics/meteor/matches.ts'
import { createParaphraseTableBuilder, type ParaphraseTable } from '#engine/metrics/meteor/paraphrase-table.ts'

const lexicon = createLexicon({
  functionWords: new Set(['a']),
  synsets: new Map([
    ['going', '1'],
    ['passing', '1'],
  ]),
  exceptions: new Map(),
})

function aligned(candidate: string, reference: string, paraphrases?: ParaphraseTable) {
  const words = (text: string) => (text === '' ? [] : text.split(' ').map(lexicon))
  const { matches, chunks } = align(findMatches(words(candidate), words(reference), paraphrases), words(candidate).length)
  return { chunks, pairs: matches.map((match) => [match.module, match.candidateStart, match.referenceStart]) }
}

describe('the aligner', () => {
  test('uses every word once', () => {
    expect(aligned('a a a', 'a').pairs).toEqual([[0, 0, 0]])
  })

  test('prefers fewer chunks, whichever of two equal words that takes', () => {
    expect(aligned('a cat and a dog', 'a dog')).toEqual({
      chunks: 1,
      pairs: [
        [0, 3, 0],
        [0, 4, 1],
      ],
    })
  })

  test('takes a match without alternative though it adds a chunk', () => {
    expect(aligned('going home', 'home passing')).toEqual({
      chunks: 2,
      pairs: [
        [0, 1, 0],
        [2, 0, 1],
      ],
    })
  })

  test('leaves an inexact match with alternatives out where it would add a chunk: it counts nothing', () => {
    expect(aligned('rides x ride y dog', 'dog riding').pairs).toEqual([[0, 4, 0]])
  })

  test('gives identical sentences exact matches in one chunk', () => {
    expect(aligned('going passing', 'going passing')).toEqual({
      chunks: 1,
      pairs: [
        [0, 0, 0],
        [0, 1, 1],
      ],
    })
  })

  test('aligns phrases of different lengths and continues a chunk behind them', () => {
    const builder = createParaphraseTableBuilder()
    builder.add('next to', 'beside')
    const table = builder.finish()
    expect(aligned('man next to dog', 'man beside dog', table)).toEqual({
      chunks: 1,
      pairs: [
        [0, 0, 0],
        [3, 1, 1],
        [0, 3, 2],
      ],
    })
    expect(aligned('man beside dog', 'man next to dog', table).chunks).toBe(1)
  })

  test('finds nothing in empty sentences', () => {
    expect(aligned('', 'a')).toEqual({ chunks: 0, pairs: [] })
    expect(aligned('a', '')).toEqual({ chunks: 0, pairs: [] })
  })

  test('never uses a word twice, and covers identical sentences whole', () => {
    const sentence = fc.array(fc.constantFrom('a', 'ride', 'rides', 'riding', 'going', 'passing', 'dog'), { maxLength: 12 })
    fc.assert(
      fc.property(sentence, sentence, (candidate, reference) => {
        const { pairs, chunks } = aligned(candidate.join(' '), reference.join(' '))
        expect(new Set(pairs.map((pair) => pair[1])).size).toBe(pairs.length)
        expect(new Set(pairs.map((pair) => pair[2])).size).toBe(pairs.length)
        expect(chunks).toBeLessThanOrEqual(pairs.length)
        expect(aligned(candidate.join(' '), candidate.join(' ')).pairs.length).toBe(candidate.length)
      }),
    )
  })
})
