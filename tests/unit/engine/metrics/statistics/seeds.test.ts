import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { expect, test } from 'vitest'
import { pairedBootstrap } from '#engine/metrics/statistics/bootstrap.ts'
import { seededDifferences, seededScores } from '#engine/metrics/statistics/seeds.ts'
import { studentQuantile, studentTwoSided } from '#engine/metrics/statistics/student.ts'
import { holm, significance } from '#shared/metrics/holm.ts'
import { averaged, type SummableMetric } from '#shared/metrics/summable.ts'
import { normal } from '#shared/random.ts'

/** Standard normal draws. */
function normals(seed: number): () => number {
  const random = xoroshiro128plus(seed)
  return () => normal(random)
}

test('Student’s quantiles are those of the tables', () => {
  expect(studentQuantile(0.05, 2)).toBeCloseTo(4.302652729911, 8)
  expect(studentQuantile(0.05, 4)).toBeCloseTo(2.776445105198, 8)
  expect(studentQuantile(0.05, 1e6)).toBeCloseTo(1.959966, 5)
  expect(studentTwoSided(studentQuantile(0.01, 3.7), 3.7)).toBeCloseTo(0.01, 10)
})

test('the mean and the spread are those of the runs, and one run has no spread', () => {
  const runs = [1, 2, 6].map((value) => [averaged('m', Float64Array.of(value - 0.5, value + 0.5, value))])
  const { m } = seededScores(runs, { resamples: 50 })
  expect(m.value).toBeCloseTo(3, 12)
  expect(m.spread).toBeCloseTo(Math.sqrt(7), 12)
  expect(m.high - m.value).toBeGreaterThan((4.3 * Math.sqrt(7)) / Math.sqrt(3) - 0.5)
  expect(seededScores(runs.slice(0, 1), { resamples: 50 })['m']).toMatchObject({ value: 1, spread: null })
  expect(() => seededDifferences(runs.slice(0, 1), runs)).toThrow('one seed')
})

test('no p is below 1 in (resamples + 1), and equal runs do not differ', () => {
  const constant = (value: number) => [averaged('m', new Float64Array(20).fill(value))]
  expect(seededDifferences([constant(0), constant(0)], [constant(5), constant(5)], { resamples: 99 })['m'].p).toBe(1 / 100)
  expect(seededDifferences([constant(1), constant(1)], [constant(1), constant(1)], { resamples: 99 })['m']).toEqual({ value: 0, low: 0, high: 0, p: 1 })
  const one = constant(0)
  const other = constant(5)
  expect(pairedBootstrap(one, other, { resamples: 99 })['m'].bootstrapP).toBeGreaterThanOrEqual(1 / 100)
})

/** One run of a captioner: what all say of a photo, what this seed adds to all, and what it adds to this photo. */
function runOf(photos: Float64Array, draw: () => number, { seedSpread, noise }: { seedSpread: number; noise: number }): SummableMetric[] {
  const shift = seedSpread * draw()
  return [
    averaged(
      'CIDEr',
      photos.map((value) => value + shift + noise * draw()),
    ),
    averaged(
      'ROUGE_L',
      photos.map((value) => (value + shift) / 2 + noise * draw()),
    ),
  ]
}

test('identical captioners, compared many times over seeds and photos, are called different in at most 5 % of tables', () => {
  const draw = normals(11)
  const tables = 400
  let different = 0
  let differentByPhotosAlone = 0
  for (let table = 0; table < tables; table++) {
    const photos = Float64Array.from({ length: 60 }, () => 0.4 + 0.4 * draw())
    // Four captioners that are the same, three seeds each; the first is the baseline. Seeds differ by as much as was seen between runs.
    const cells = Array.from({ length: 4 }, () => Array.from({ length: 3 }, () => runOf(photos, draw, { seedSpread: 0.03, noise: 0.25 })))
    const [baseline, ...others] = cells
    const compared = others.flatMap((runs) => Object.values(seededDifferences(baseline, runs, { resamples: 199 })))
    if (holm(compared.map(({ p }) => p)).some((p) => p <= significance)) different++
    // What a table of one seed said before: each cell against its baseline, photo by photo, bold where the interval leaves out zero.
    const pairs = others.flatMap(([run]) => Object.values(pairedBootstrap(baseline[0], run, { resamples: 199 })))
    if (pairs.some(({ difference: { low, high } }) => low > 0 || high < 0)) differentByPhotosAlone++
  }
  expect(different / tables).toBeLessThanOrEqual(significance)
  expect(differentByPhotosAlone / tables).toBeGreaterThan(0.2)
}, 120_000)

test('a difference well beyond the seeds is found', () => {
  const draw = normals(5)
  const photos = Float64Array.from({ length: 300 }, () => 0.4 + 0.4 * draw())
  const cell = (gain: number) =>
    Array.from({ length: 3 }, () =>
      runOf(
        photos.map((value) => value + gain),
        draw,
        { seedSpread: 0.01, noise: 0.2 },
      ),
    )
  const { CIDEr } = seededDifferences(cell(0), cell(0.08), { resamples: 300 })
  expect(CIDEr.low).toBeGreaterThan(0)
  expect(CIDEr.p).toBeLessThan(0.01)
})
