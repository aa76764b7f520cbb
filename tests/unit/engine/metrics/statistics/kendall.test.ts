import { describe, expect, test } from 'vitest'
import { kendall, kendallIntervals, tableTauB } from '#engine/metrics/statistics/kendall.ts'

/** By the definition, every pair with every other. */
function byPairs(scores: readonly number[], ratings: readonly number[]): { tauB: number; tauC: number } {
  let [balance, scoresDiffer, ratingsDiffer] = [0, 0, 0]
  for (let i = 0; i < scores.length; i++) {
    for (let j = 0; j < i; j++) {
      const score = Math.sign(scores[i] - scores[j])
      const rating = Math.sign(ratings[i] - ratings[j])
      balance += score * rating
      scoresDiffer += Math.abs(score)
      ratingsDiffer += Math.abs(rating)
    }
  }
  const values = Math.min(new Set(scores).size, new Set(ratings).size)
  return { tauB: balance / Math.sqrt(scoresDiffer * ratingsDiffer), tauC: (2 * balance * values) / (scores.length ** 2 * (values - 1)) }
}

describe('Kendall’s τ', () => {
  test('is what scipy.stats.kendalltau gives', () => {
    const first = kendall([12, 2, 1, 12, 2], [1, 4, 7, 1, 0])
    expect(first.tauB).toBeCloseTo(-0.4714045207910316, 14)
    expect(first.tauC).toBeCloseTo(-0.48, 14)
    const second = kendall([0.1, 0.4, 0.4, 0.35, 0.8, 0.8, 0.9, 0.2, 0.6, 0.61], [1, 2, 3, 1, 4, 3, 4, 1, 2, 2])
    expect(second.tauB).toBeCloseTo(0.7771889263740454, 14)
    expect(second.tauC).toBeCloseTo(0.8266666666666667, 14)
  })

  test('of a table of counts is that of as many pairs', () => {
    const table = [
      [4, 1, 2],
      [3, 0, 5],
      [1, 6, 7],
    ]
    const pairs = table.flatMap((row, score) => row.flatMap((count, rating) => Array.from({ length: count }, () => [score, rating] as const)))
    expect(tableTauB(table)).toBeCloseTo(
      kendall(
        pairs.map(([score]) => score),
        pairs.map(([, rating]) => rating),
      ).tauB ?? NaN,
      14,
    )
    expect(
      tableTauB([
        [2, 3],
        [0, 0],
      ]),
    ).toBeNull()
    expect(
      tableTauB([
        [0, 3],
        [0, 1],
      ]),
    ).toBeNull()
  })

  test('with many ties agrees with its definition', () => {
    const scores = Array.from({ length: 300 }, (_, i) => Math.round(Math.sin(i * 12.9) * 20) / 20)
    const ratings = scores.map((score, i) => 1 + Math.floor(((score + 1) / 2) * 2.99 + ((i * 7) % 3) / 2))
    const { tauB, tauC } = kendall(scores, ratings)
    const expected = byPairs(scores, ratings)
    expect(tauB).toBeCloseTo(expected.tauB, 12)
    expect(tauC).toBeCloseTo(expected.tauC, 12)
  })

  test('is 1 for the same order and −1 for the other way round; of one value alone it is unknown', () => {
    expect(kendall([1, 2, 3], [4, 5, 6])).toEqual({ tauB: 1, tauC: 1 })
    expect(kendall([3, 2, 1], [4, 5, 6])).toEqual({ tauB: -1, tauC: -1 })
    expect(kendall([1, 1, 1], [1, 2, 3])).toEqual({ tauB: null, tauC: null })
    expect(kendall([], [])).toEqual({ tauB: null, tauC: null })
  })

  test('its interval covers the value and is that of photos, not of ratings: ten ratings of one photo are one draw', () => {
    const photos = Array.from({ length: 60 }, (_, photo) => ({
      score: Math.sin(photo * 5.3),
      rating: Math.round(2 + Math.sin(photo * 5.3 + 0.8)),
      group: photo,
    }))
    const one = kendallIntervals(photos, { resamples: 400, seed: 3 }).tauB
    const tenfold = kendallIntervals(
      photos.flatMap((each) => Array.from({ length: 10 }, () => each)),
      { resamples: 400, seed: 3 },
    ).tauB
    expect(one!.low).toBeLessThan(one!.value)
    expect(one!.high).toBeGreaterThan(one!.value)
    expect(tenfold!.high - tenfold!.low).toBeGreaterThan(0.8 * (one!.high - one!.low))
  })
})
