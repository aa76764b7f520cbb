import { describe, expect, test } from 'vitest'
import { bootstrapIntervals, pairedBootstrap } from '#engine/metrics/statistics/bootstrap.ts'
import { compareSystems } from '#engine/metrics/statistics/comparison.ts'
import { scoreCorpus, type ImageToScore } from '#engine/metrics/score-corpus.ts'
import { averaged } from '#shared/metrics/summable.ts'
import { studentTwoSided } from '#engine/metrics/statistics/student.ts'
import { pairedTTest } from '#engine/metrics/statistics/t-test.ts'

const words = ['a', 'dog', 'cat', 'runs', 'on', 'grass', 'with', 'ball', 'red', 'man']

/** Captions by a small recipe, so that every run sees the same. */
function images(count: number, salt: number): ImageToScore[] {
  const caption = (seed: number): string[] => Array.from({ length: 4 + (seed % 5) }, (_, i) => words[(seed * 7 + i * i * 3 + i * salt) % words.length])
  return Array.from({ length: count }, (_, id) => ({ id, candidate: caption(id + salt), references: [caption(id), caption(id * 3 + 1)] }))
}

describe('paired t-test', () => {
  test('agrees with tables of Student’s distribution', () => {
    expect(studentTwoSided(12.706204736432095, 1)).toBeCloseTo(0.05, 10)
    expect(studentTwoSided(2.2281388519649385, 10)).toBeCloseTo(0.05, 10)
    expect(studentTwoSided(3.169272672616874, 10)).toBeCloseTo(0.01, 10)
    expect(studentTwoSided(1.9603, 4999)).toBeCloseTo(0.05, 4)
    expect(studentTwoSided(0, 7)).toBe(1)
    // For one degree of freedom the distribution is Cauchy's, for two it is algebraic.
    expect(studentTwoSided(1, 1)).toBeCloseTo(0.5, 12)
    expect(studentTwoSided(2, 2)).toBeCloseTo(1 - 2 / Math.sqrt(6), 12)
  })

  test('of equal scores finds nothing, of one pair says nothing', () => {
    expect(pairedTTest([1, 2, 3], [1, 2, 3])).toEqual({ t: 0, degreesOfFreedom: 2, p: 1 })
    expect(pairedTTest([1], [2])).toBeNull()
  })

  test('of a worked example', () => {
    // Differences 1, 2, 3, 4, 5: mean 3, standard error √0.5.
    const { t, p } = pairedTTest([0, 0, 0, 0, 0], [1, 2, 3, 4, 5])!
    expect(t).toBeCloseTo(3 / Math.sqrt(0.5), 12)
    expect(p).toBeCloseTo(0.013235599563682, 9)
  })
})

describe('bootstrap', () => {
  test('has the interval of the normal distribution for a mean of many', () => {
    const values = Float64Array.from({ length: 2000 }, (_, i) => Math.sin(i * 12.9898) * 2)
    const mean = values.reduce((sum, value) => sum + value) / values.length
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
    const { m } = bootstrapIntervals([averaged('m', values)], { resamples: 4000 })
    expect(m.value).toBeCloseTo(mean, 12)
    expect(m.high - m.low).toBeCloseTo((2 * 1.96 * deviation) / Math.sqrt(values.length), 2)
  })

  test('is the same for the same seed and another for another', () => {
    const { statistics } = scoreCorpus({ images: images(40, 1) })
    expect(bootstrapIntervals(statistics, { seed: 3, resamples: 50 })).toEqual(bootstrapIntervals(statistics, { seed: 3, resamples: 50 }))
    expect(bootstrapIntervals(statistics, { seed: 3, resamples: 50 })).not.toEqual(bootstrapIntervals(statistics, { seed: 4, resamples: 50 }))
  })

  test('puts corpus BLEU together again exactly as scoring the drawn images would', () => {
    const all = images(3, 1)
    const { statistics } = scoreCorpus({ images: all, metrics: ['Bleu_4'] })
    const drawn = statistics[0].values(
      statistics[0].rows.subarray(0, 10).map((value, i) => value + 2 * statistics[0].rows[20 + i]),
      3,
    )
    const again = scoreCorpus({ images: [all[0], all[2], { ...all[2], id: 9 }], metrics: ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4'] })
    expect(drawn).toEqual(['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4'].map((name) => again.corpus[name]))
  })

  test('of a system against itself is nothing at all', () => {
    const { statistics } = scoreCorpus({ images: images(30, 2) })
    for (const { difference, bootstrapP } of Object.values(pairedBootstrap(statistics, statistics, { resamples: 20 }))) {
      expect(difference).toEqual({ value: 0, low: 0, high: 0 })
      expect(bootstrapP).toBe(1)
    }
  })

  test('of two systems is tighter than of each alone, and compares every metric', () => {
    const a = scoreCorpus({ images: images(60, 1) })
    const b = scoreCorpus({ images: images(60, 1).map((image, i) => (i % 10 === 0 ? { ...image, candidate: image.references[0] } : image)) })
    const comparison = compareSystems(a, b, { resamples: 300 })
    expect(comparison.map(({ metric }) => metric)).toEqual(Object.keys(a.corpus))
    const bleu = comparison.find(({ metric }) => metric === 'Bleu_1')!
    expect(bleu.difference.value).toBeCloseTo(b.corpus.Bleu_1 - a.corpus.Bleu_1, 12)
    const alone = bootstrapIntervals(b.statistics, { resamples: 300 }).Bleu_1
    expect(bleu.difference.high - bleu.difference.low).toBeLessThan(alone.high - alone.low)
  })

  test('gives corpus BLEU a bootstrap p, not a t-test of sentence BLEU, and corrects for all metrics compared', () => {
    const a = scoreCorpus({ images: images(60, 1) })
    const b = scoreCorpus({ images: images(60, 1).map((image, i) => (i % 3 === 0 ? { ...image, candidate: image.references[0] } : image)) })
    const comparison = compareSystems(a, b, { resamples: 99 })
    for (const { metric, bootstrapP, adjustedP, tTest } of comparison) {
      expect(tTest === null).toBe(metric.startsWith('Bleu'))
      expect(bootstrapP).toBeGreaterThanOrEqual(1 / 100)
      expect(adjustedP).toBeGreaterThanOrEqual(bootstrapP)
    }
    expect(comparison.find(({ metric }) => metric === 'Bleu_4')?.adjustedP).toBeCloseTo(comparison.length / 100, 12)
  })

  test('refuses systems on different images', () => {
    const a = scoreCorpus({ images: images(5, 1) })
    expect(() => compareSystems(a, scoreCorpus({ images: images(4, 1) }))).toThrow('not of the same images')
    expect(() => compareSystems(a, scoreCorpus({ images: images(5, 1).reverse() }))).toThrow('same order')
  })
})
