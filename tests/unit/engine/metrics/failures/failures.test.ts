import { describe, expect, test } from 'vitest'
import { countTraining, failureReport, scoreByLength } from '#engine/metrics/failures/failures.ts'
import type { ImageToScore } from '#engine/metrics/score-corpus.ts'

const words = (caption: string): string[] => caption.split(' ').filter(Boolean)
const image = (id: number, candidate: string, ...references: string[]): ImageToScore => ({ id, candidate: words(candidate), references: references.map(words) })

const images = [
  image(1, 'a dog on a', 'a dog on grass', 'a brown dog runs on grass'),
  image(2, 'a man and a man and a', 'a man riding a unicycle'),
  image(3, 'the the cat', 'a cat'),
  image(4, '', 'a bird flies'),
]

describe('failureReport', () => {
  const report = failureReport(images)

  test('finds cut-off endings and repetitions, by share and by image', () => {
    expect(report.badEndingShare).toBe(0.5)
    expect(report.repeatedWordShare).toBe(0.25)
    expect(report.repeatedTrigramShare).toBe(0.25)
    expect(report.perImage.get(1)).toMatchObject({ badEnding: true, repeatedWord: false, repeatedTrigram: false, words: 4, relativeLength: 0.8 })
    expect(report.perImage.get(2)).toMatchObject({ badEnding: true, repeatedTrigram: true })
    expect(report.perImage.get(3)).toMatchObject({ badEnding: false, repeatedWord: true })
    expect(report.perImage.get(4)).toMatchObject({ badEnding: false, words: 0 })
  })

  test('measures lengths as BLEU sees them', () => {
    expect(report.length.candidateMean).toBe(14 / 4)
    expect(report.length.referenceMean).toBe(20 / 5)
    expect(report.length.brevityRatio).toBeCloseTo(14 / (4 + 5 + 2 + 3), 12)
    expect(report.length.candidateHistogram).toEqual([1, 0, 0, 1, 1, 0, 0, 1])
    expect(report.length.referenceHistogram).toEqual([0, 0, 1, 1, 1, 1, 1])
  })

  test('tells which words most references have and the caption lacks', () => {
    expect(report.perImage.get(1)!.missedWords).toEqual(expect.arrayContaining(['grass', 'brown', 'runs']))
    expect(report.perImage.get(2)!.missedWords).toEqual(['riding', 'unicycle'])
    expect(report.perImage.get(1)!.missedWords).not.toContain('dog')
  })

  test('without training captions takes the references’ frequencies, and says so', () => {
    expect(report.frequencies).toBe('references')
    expect(report.novelShare).toBeNull()
    expect(report.perImage.get(1)!.novel).toBeNull()
  })

  test('with training captions recalls words by how often the model read them, and finds copies', () => {
    const training = countTraining([...Array.from({ length: 12 }, () => words('a dog')), words('the the cat'), words('unicycle')])
    const trained = failureReport(images, training)
    expect(trained.frequencies).toBe('training')
    const bucket = (least: number) => trained.rareWords.find((each) => each.least === least)!
    // (image, word) pairs: cat and unicycle were read at most ten times, dog and a twelve times.
    expect(bucket(1)).toEqual({ least: 1, most: 10, words: 2, recalled: 1, recall: 0.5 })
    expect(bucket(11)).toEqual({ least: 11, most: 100, words: 5, recalled: 3, recall: 0.6 })
    expect(bucket(0).recalled).toBe(2)
    expect(bucket(101)).toMatchObject({ words: 0, recall: null })
    expect(trained.novelShare).toBe(0.75)
    expect(trained.perImage.get(3)!.novel).toBe(false)
    expect(trained.vocabulary.neverSaidShare).toBeCloseTo(1 / 5, 12)
  })

  test('counts the vocabulary', () => {
    // a dog on man and the cat
    expect(report.vocabulary.candidates).toBe(7)
    expect(report.vocabulary.distinct1).toBeCloseTo(7 / 14, 12)
    expect(report.vocabulary.distinct2).toBeCloseTo(8 / 14, 12)
  })

  test('of no image is all zeros', () => {
    expect(failureReport([])).toMatchObject({ images: 0, badEndingShare: 0, length: { candidateMean: 0, brevityRatio: 0 } })
  })
})

test('scoreByLength averages in bins of caption length', () => {
  const scores = new Map([
    [1, 0.5],
    [2, 1],
    [3, 0.3],
    [4, 0],
  ])
  expect(scoreByLength(images, scores, 4)).toEqual([
    { from: 0, to: 3, images: 2, mean: 0.15 },
    { from: 4, to: 7, images: 2, mean: 0.75 },
  ])
})
