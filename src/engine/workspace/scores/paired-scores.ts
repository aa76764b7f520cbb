/** Two models' stored per-image scores of a set, image by image, put together to corpus metrics whose difference can be resampled. */
import { metricNames, type MetricDifference, type MetricName } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { pairedBootstrapSteps } from '#engine/metrics/statistics/bootstrap.ts'
import { summable } from '#shared/metrics/metric.ts'
import type { SummableMetric } from '#shared/metrics/summable.ts'
import { isMetricName, metricTable, storedName } from '#shared/metrics/table.ts'
import type { StoredScore } from '../repositories/scores.ts'

/** Beyond this the interval is narrow and each resample slow. */
const manyImages = 20_000

/** How the corpus metrics of an entry come out of the rows of its stored metric: BLEU's four share the statistics in the row of Bleu_4. */
interface Family {
  metric: MetricName
  /** numbers an image */
  width: number
  summable(rows: Float64Array): SummableMetric
}

const families: readonly Family[] = metricTable.flatMap((entry): Family[] => {
  const metric = storedName(entry)
  return isMetricName(metric) ? [{ metric, width: entry.width, summable: (rows) => summable(entry, rows) }] : []
})

/** The stored metrics that hold everything needed. */
export const pairedMetrics: readonly MetricName[] = families.map(({ metric }) => metric)

/** The rows of both models for the images that both have, in the same order. */
interface PairedRows {
  images: number[]
  before: number[]
  after: number[]
}

export type PairedScores = ReadonlyMap<MetricName, PairedRows>

export function emptyPairs(): PairedScores {
  return new Map(families.map(({ metric }) => [metric, { images: [], before: [], after: [] }]))
}

/** Adds the scores of some images. Two scores are a pair when they were made with the same document-frequency table, hence the same words. */
export function addPairs(pairs: PairedScores, before: readonly StoredScore[], after: readonly StoredScore[]): void {
  const keyOf = ({ imageId, metric, documentFrequencyNumber }: StoredScore): string => `${imageId} ${documentFrequencyNumber} ${metric}`
  const others = new Map(after.map((score) => [keyOf(score), score]))
  const widths = new Map(families.map(({ metric, width }) => [metric, width]))
  for (const score of before) {
    const rows = pairs.get(score.metric)
    const width = widths.get(score.metric)
    const other = others.get(keyOf(score))
    if (rows === undefined || width === undefined || other === undefined) continue
    const left = numbersOf(score, width)
    const right = numbersOf(other, width)
    if (left === null || right === null) continue
    rows.images.push(score.imageId)
    rows.before.push(...left)
    rows.after.push(...right)
  }
}

/** Null where a score was stored without its statistics. @throws AppError `corrupt` */
function numbersOf({ imageId, metric, value, statistics }: StoredScore, width: number): number[] | null {
  if (width === 1) return [value]
  if (statistics === null) return null
  const numbers: unknown = JSON.parse(statistics)
  if (Array.isArray(numbers) && numbers.length === width && numbers.every((number) => typeof number === 'number')) return numbers
  throw new AppError('corrupt', `The stored ${metric} statistics of image ${imageId} cannot be read.`, {
    kept: 'Everything else is kept.',
    todo: 'Score the set again.',
  })
}

/** Corpus values and intervals of the differences, in steps short enough for slices. The same pairs give the same intervals. */
export function* pairedDifferences(pairs: PairedScores): Generator<void, Partial<Record<MetricName, MetricDifference>>> {
  const result: Partial<Record<MetricName, MetricDifference>> = {}
  for (const group of groupsOfSameImages(pairs)) {
    const images = group[0].rows.images.length
    const side = (which: 'before' | 'after'): SummableMetric[] => group.map(({ family, rows }) => family.summable(Float64Array.from(rows[which])))
    const resamples = images < 2 ? 0 : images > manyImages ? 500 : 1000
    const intervals = yield* pairedBootstrapSteps(side('before'), side('after'), { resamples, seed: 1 })
    for (const metric of metricNames) {
      if (!Object.hasOwn(intervals, metric)) continue
      const { a, b, difference, bootstrapP } = intervals[metric]
      const sure = images < 2 ? { interval: null, p: null } : { interval: { low: difference.low, high: difference.high }, p: bootstrapP }
      result[metric] = { images, before: a, after: b, ...sure }
    }
  }
  return result
}

/** Metrics over the same images are resampled together. */
function groupsOfSameImages(pairs: PairedScores): { family: Family; rows: PairedRows }[][] {
  const groups = new Map<string, { family: Family; rows: PairedRows }[]>()
  for (const family of families) {
    const rows = pairs.get(family.metric)
    if (rows === undefined || rows.images.length === 0) continue
    const key = rows.images.join()
    const group = groups.get(key)
    if (group) group.push({ family, rows })
    else groups.set(key, [{ family, rows }])
  }
  return [...groups.values()]
}
