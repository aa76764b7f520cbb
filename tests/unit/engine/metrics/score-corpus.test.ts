import { describe, expect, test } from 'vitest'
import { liveScorer } from '#engine/metrics/live-scorer.ts'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { scoreCorpus, type ImageToScore } from '#engine/metrics/score-corpus.ts'

function image(id: number, candidate: string, ...references: string[]): ImageToScore {
  const words = (caption: string): string[] => caption.split(' ').filter(Boolean)
  return { id, candidate: words(candidate), references: references.map(words) }
}

const toy = [
  image(1, 'a cat on the mat', 'a cat sits on the mat', 'the cat is on a mat'),
  image(2, 'two dogs running in a park in a park', 'two dogs run in the park', 'dogs running through a park'),
  image(3, 'a man', 'a man rides a red bike', 'a person on a bicycle'),
]

describe('scoreCorpus on the toy example', () => {
  const { corpus, perImage, provenance } = scoreCorpus({ images: toy })

  test('gives the corpus values of coco-caption', () => {
    expect(corpus.Bleu_1).toBeCloseTo(0.76327311344054, 12)
    expect(corpus.Bleu_2).toBeCloseTo(0.6213633355603377, 12)
    expect(corpus.Bleu_3).toBeCloseTo(0.33101622427542426, 12)
    expect(corpus.Bleu_4).toBeCloseTo(4.542852251990458e-5, 12)
    expect(corpus.ROUGE_L).toBeCloseTo(0.6518479682788304, 12)
    expect(corpus.CIDEr).toBeCloseTo(1.8855147037005722, 12)
  })

  test('gives the per-image values of coco-caption', () => {
    const column = (name: string): number[] => [1, 2, 3].map((id) => perImage.get(id)![name])
    const near = (name: string, expected: number[]): void => column(name).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 6))
    near('Bleu_1', [0.81873075, 0.66666667, 0.22313016])
    near('ROUGE_L', [0.894428, 0.602469, 0.458647])
    near('CIDEr', [3.237383, 1.471074, 0.948087])
    expect(column('Bleu_4')[0]).toBeCloseTo(8.657e-5, 8)
    expect(column('Bleu_4')[1]).toBeCloseTo(8.784e-9, 12)
    expect(column('Bleu_4')[2]).toBeCloseTo(2.231e-4, 7)
  })

  test('says which document frequencies were used', () => {
    expect(provenance.documentFrequency).toEqual({ source: 'evaluated-set', images: 3 })
  })

  test('a stored table of the same references gives the same scores, and so does the live scorer', () => {
    const table = buildDocumentFrequency(
      toy.map((each) => each.references),
      'words',
    )
    const stored = scoreCorpus({ images: toy, documentFrequency: table })
    expect(stored.corpus).toEqual(corpus)
    expect(stored.provenance.documentFrequency).toEqual({ source: 'stored-table', id: table.id, images: 3 })
    for (const { id, candidate, references } of toy) {
      const { CIDEr_plain: _, ...others } = perImage.get(id)!
      expect(liveScorer(references, table)(candidate)).toEqual(others)
    }
  })
})
