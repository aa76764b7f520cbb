import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scoreCorpus, type ImageToScore } from '#engine/metrics/score-corpus.ts'
import { liveScorer } from '#engine/metrics/live-scorer.ts'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'

const words = ['a', 'the', 'dog', 'cat', 'runs', 'on', 'grass', 'é']
const captionOf = (some: readonly string[], minLength: number) => fc.array(fc.constantFrom(...some), { minLength, maxLength: 12 })
const caption = (minLength: number) => captionOf(words, minLength)
/** Two captions without a word in common. */
const apart = fc
  .tuple(fc.shuffledSubarray(words, { minLength: words.length }), fc.integer({ min: 1, max: words.length - 1 }))
  .chain(([shuffled, cut]) => fc.tuple(captionOf(shuffled.slice(0, cut), 4), captionOf(shuffled.slice(cut), 4)))
const image = fc.record({ candidate: caption(0), references: fc.array(caption(1), { minLength: 1, maxLength: 5 }) })
const corpus = fc.array(image, { minLength: 1, maxLength: 8 }).map((all): ImageToScore[] => all.map((each, id) => ({ id, ...each })))

function expectNear(scores: Record<string, number>, others: Record<string, number>, digits = 10): void {
  for (const [name, value] of Object.entries(scores)) expect(others[name], name).toBeCloseTo(value, digits)
}

describe('scores', () => {
  test('do not depend on the order of images or of references', () => {
    fc.assert(
      fc.property(corpus, (images) => {
        const turned = [...images].reverse().map((each) => ({ ...each, references: [...each.references].reverse() }))
        const [scores, others] = [scoreCorpus({ images }), scoreCorpus({ images: turned })]
        expectNear(scores.corpus, others.corpus)
        for (const [id, perImage] of scores.perImage) expectNear(perImage, others.perImage.get(id)!)
      }),
    )
  })

  test('do not change where every reference is there twice', () => {
    fc.assert(
      fc.property(corpus, (images) => {
        const doubled = images.map((each) => ({ ...each, references: [...each.references, ...each.references] }))
        expectNear(scoreCorpus({ images }).corpus, scoreCorpus({ images: doubled }).corpus)
      }),
    )
  })

  test('are the best possible where the candidate is the only reference', () => {
    fc.assert(
      fc.property(apart, (both) => {
        const images = both.map((tokens, id) => ({ id, candidate: tokens, references: [tokens] }))
        const { corpus: best } = scoreCorpus({ images })
        expectNear(best, { Bleu_1: 1, Bleu_2: 1, Bleu_3: 1, Bleu_4: 1, ROUGE_L: 1, CIDEr: 10, CIDEr_plain: 10 }, 8)
      }),
    )
  })

  test('of an empty candidate are zero (BLEU to its last tiny summand), and others’ stay finite', () => {
    fc.assert(
      fc.property(corpus, (images) => {
        const { corpus: scores, perImage } = scoreCorpus({ images: [...images, { id: 'empty', candidate: [], references: [['a', 'dog']] }] })
        expect(Object.values(perImage.get('empty')!)).toEqual([0, 0, 0, 0, 0, 0, 0])
        for (const value of Object.values(scores)) expect(value).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  test('while typing equal those of the whole set by the same table', () => {
    fc.assert(
      fc.property(corpus, caption(0), (images, typed) => {
        const table = buildDocumentFrequency(
          images.map(({ references }) => references),
          'words',
        )
        const scores = scoreCorpus({ images: [{ ...images[0], candidate: typed }], documentFrequency: table }).perImage.get(0)!
        const live = liveScorer(images[0].references, table)
        live(['some', 'other', 'words', 'before'])
        expectNear({ ...live(typed) }, scores)
      }),
    )
  })

  test('of a set that is refused say which image is at fault', () => {
    expect(() => scoreCorpus({ images: [] })).toThrow('no image')
    expect(() => scoreCorpus({ images: [{ id: 7, candidate: ['a'], references: [] }] })).toThrow('Image 7 has no reference')
    const twice = { id: 7, candidate: ['a'], references: [['a']] }
    expect(() => scoreCorpus({ images: [twice, twice] })).toThrow('Image 7 is given twice')
  })

  test('split tokens at a no-break space for BLEU and CIDEr, but not for ROUGE-L, as the original does', () => {
    const { corpus: scores } = scoreCorpus({ images: [{ id: 1, candidate: ['2\u00a01/2', 'cats'], references: [['2', '1/2', 'cats']] }] })
    expect(scores.Bleu_1).toBeCloseTo(1, 8)
    expect(scores.ROUGE_L).toBeCloseTo(((1 + 1.44) * (1 / 2) * (1 / 3)) / (1 / 3 + 1.44 / 2), 12)
  })

  test('of captions of 100,000 words come in time', () => {
    const long = 'a dog runs on the grass with a cat '.repeat(11_112).trim().split(' ')
    const { corpus: scores } = scoreCorpus({ images: [{ id: 1, candidate: long, references: [['a', 'dog'], long.slice(0, 500)] }] })
    expect(scores.Bleu_1).toBeGreaterThan(0)
  })
})
