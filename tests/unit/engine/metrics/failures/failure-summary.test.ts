import { describe, expect, test } from 'vitest'
import { setFailures } from '#engine/metrics/failures/failure-summary.ts'
import { countTraining } from '#engine/metrics/failures/failures.ts'
import type { ImageToScore } from '#engine/metrics/score-corpus.ts'
import { failureSummarySchema } from '#shared/failures.ts'

const words = (caption: string): string[] => caption.split(' ').filter(Boolean)
const image = (id: number, candidate: string, ...references: string[]): ImageToScore => ({ id, candidate: words(candidate), references: references.map(words) })
const images = [
  image(1, 'a dog on a', 'a cat lies on grass', 'a cat lies there'),
  image(2, 'the the man', 'a man walks in a big city', 'a man walks in town'),
  image(3, 'a man walks', 'a man walks'),
  image(4, '', 'a bird flies'),
]
const cider = new Map([
  [1, 0],
  [2, 1],
  [3, 4],
  [4, 0],
])

describe('the failures of a set', () => {
  test('are the kinds that each image shows, an empty caption nothing but empty', () => {
    const { perImage, summary } = setFailures(images, { cider })
    expect([...perImage]).toEqual([
      [1, ['invented-object', 'bad-ending']],
      [2, ['repeated-word', 'short']],
      [3, []],
      [4, ['empty']],
    ])
    expect(summary.kinds).toEqual({ 'invented-object': 1, 'repeated-word': 1, 'repeated-trigram': 0, 'bad-ending': 1, short: 1, long: 0, empty: 1 })
  })

  test('with training captions also tell rare words and copies', () => {
    const training = countTraining([...Array.from({ length: 20 }, () => words('a cat walks on grass')), words('a man walks')])
    const { perImage, summary } = setFailures(images, { cider, training })
    expect(perImage.get(1)).toContain('missed-rare-word')
    expect(perImage.get(3)).toEqual(['copied'])
    expect(summary.kinds).toMatchObject({ copied: 1, 'missed-rare-word': 2 })
    expect(summary.frequencies).toBe('training')
  })

  test('come with measures that survive JSON', () => {
    const { summary } = setFailures(images, { cider })
    expect(failureSummarySchema.parse(JSON.parse(JSON.stringify(summary)))).toEqual(summary)
    expect(summary.length.cider).toEqual([
      { from: 0, to: 1, images: 1, mean: 0 },
      { from: 2, to: 3, images: 2, mean: 2.5 },
      { from: 4, to: 5, images: 1, mean: 0 },
    ])
    expect(summary.chair).toMatchObject({ mentions: 3, chairI: 1 / 3, chairS: 0.25 })
  })
})
