import { describe, expect, test } from 'vitest'
import { clipScore, refClipScore, scoreEmbeddings } from '#shared/metrics/clip-score.ts'

const vector = (...values: number[]): Float32Array => Float32Array.from(values)

describe('CLIPScore', () => {
  test('is 2.5 times the cosine, never negative, whatever the lengths of the vectors', () => {
    expect(clipScore(vector(3, 0), vector(1, 1))).toBeCloseTo(2.5 * Math.SQRT1_2, 12)
    expect(clipScore(vector(1, 0), vector(-2, 0))).toBe(0)
    expect(clipScore(vector(1, 0), vector(0, 0))).toBe(0)
  })

  test('with references is the harmonic mean with the best of them', () => {
    const [image, candidate] = [vector(1, 0), vector(1, 1)]
    const a = 2.5 * Math.SQRT1_2
    expect(refClipScore(image, candidate, [vector(0, 1), vector(1, 1)])).toBeCloseTo((2 * a) / (a + 1), 6)
    expect(refClipScore(image, vector(0, 1), [vector(1, 0)])).toBe(0)
  })

  test('of a set is the mean; without references for all there is no RefCLIPScore', () => {
    const both = [
      { id: 1, image: vector(1, 0), candidate: vector(1, 0), references: [vector(1, 0)] },
      { id: 2, image: vector(1, 0), candidate: vector(0, 1), references: [vector(0, 1)] },
    ]
    const { corpus, perImage } = scoreEmbeddings(both)
    expect(corpus['CLIPScore']).toBeCloseTo(1.25, 12)
    expect(perImage.get(1)!['RefCLIPScore']).toBeCloseTo(5 / 3.5, 12)
    expect(perImage.get(2)).toEqual({ CLIPScore: 0, RefCLIPScore: 0 })
    expect(Object.keys(scoreEmbeddings([both[0], { ...both[1], references: [] }]).corpus)).toEqual(['CLIPScore'])
  })

  test('refuses embeddings of two encoders', () => {
    expect(() => clipScore(vector(1, 0), vector(1, 0, 0))).toThrow('different widths, 2 and 3')
  })
})
