import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { explainCaption } from '#engine/metrics/explain-caption.ts'
import { liveScorer } from '#engine/metrics/live-scorer.ts'

const caption = (minLength: number) =>
  fc.array(fc.constantFrom('a', 'the', 'dog', 'cat', 'runs', 'on', 'grass', 'é', '2\u00a01/2'), { minLength, maxLength: 12 })
const references = fc.array(caption(1), { minLength: 1, maxLength: 5 })
const corpus = fc.array(references, { minLength: 1, maxLength: 6 })
const read = (captions: readonly (readonly string[])[]) => captions.map((tokens) => ({ text: tokens.join(' '), tokens }))
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

describe('an explained score', () => {
  test('is the sum of its matched n-grams, of its words, and the mean over references, and the one shown while typing', () => {
    fc.assert(
      fc.property(corpus, caption(0), references, (others, candidate, own) => {
        const table = buildDocumentFrequency([...others, own], 'test')
        const { cider, matched, words, references: explained, bleu } = explainCaption(candidate, read(own), table)
        const shown = liveScorer(own, table)(candidate)
        expect(Math.abs(cider - shown.CIDEr!)).toBeLessThan(1e-9)
        expect(Math.abs(sum(matched.map(({ part }) => part)) - cider)).toBeLessThan(1e-9)
        expect(Math.abs(sum(words.map(({ part }) => part)) - cider)).toBeLessThan(1e-9)
        expect(Math.abs(sum(explained.map((each) => each.cider)) / explained.length - cider)).toBeLessThan(1e-9)
        expect(bleu.orders[3].value).toBe(shown.Bleu_4)
      }),
      { numRuns: 500 },
    )
  })

  test('names what references hold and the caption lacks, what the most of them hold first', () => {
    const own = ['a dog runs on grass', 'a brown dog on grass', 'the dog runs'].map((text) => text.split(' '))
    const table = buildDocumentFrequency([own, [['a', 'cat']], [['a', 'boat']]], 'test')
    const { missing, matched } = explainCaption(['a', 'dog', 'sleeps'], read(own), table)
    expect(missing.map(({ text }) => text)).not.toContain('dog')
    expect(missing[0]).toMatchObject({ references: 2, idf: Math.log(3) })
    expect(matched.map(({ text }) => text).sort()).toEqual(['a', 'a dog', 'dog'])
    expect(matched.find(({ text }) => text === 'dog')).toMatchObject({ references: 3, count: 1, order: 1 })
  })

  test('sets each reference against the others, and has no ceiling with one alone', () => {
    const table = buildDocumentFrequency([[['a', 'dog']], [['a', 'cat']]], 'test')
    const alone = explainCaption(['a', 'dog'], read([['a', 'dog']]), table)
    expect(alone.ceiling).toBeNull()
    expect(alone.references[0].agreement).toBeNull()
    const twins = explainCaption(
      ['a', 'cat'],
      read([
        ['a', 'dog'],
        ['a', 'dog'],
      ]),
      table,
    )
    expect(twins.ceiling).toBeCloseTo(5, 9) // two of four orders, all alike
  })

  test('says what brevity costs', () => {
    const table = buildDocumentFrequency([[['a', 'dog', 'runs', 'fast']]], 'test')
    const { bleu } = explainCaption(['a', 'dog'], read([['a', 'dog', 'runs', 'fast']]), table)
    expect(bleu).toMatchObject({ candidateLength: 2, referenceLength: 4 })
    expect(bleu.brevityPenalty).toBeCloseTo(Math.exp(-1), 6)
    expect(bleu.orders.slice(0, 2)).toMatchObject([
      { correct: 2, guess: 2 },
      { correct: 1, guess: 1 },
    ])
  })
})
