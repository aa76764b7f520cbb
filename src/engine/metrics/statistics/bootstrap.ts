/**
 * Bootstrap intervals over images (Efron; for paired systems Koehn 2004). Images are drawn with replacement and the corpus metric is put
 * together again from their rows, so corpus BLEU and METEOR get intervals as true as the means. A CIDEr keeps the document frequencies
 * it was scored with.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { AppError } from '#shared/errors.ts'
import { sumRows, type SummableMetric } from '#shared/metrics/summable.ts'

export interface BootstrapOptions {
  /** draws of the whole set, 1,000 unless told */
  resamples?: number
  /** the same seed gives the same interval */
  seed?: number
  /** 0.95 unless told */
  confidence?: number
}

export interface Interval {
  value: number
  low: number
  high: number
}

export interface PairedInterval {
  a: number
  b: number
  /** b − a with its interval */
  difference: Interval
  /** two-sided: how often resampling would turn the difference's sign; at least 1 in (resamples + 1), as so few resamples cannot show less */
  bootstrapP: number
}

/** The corpus value of every metric with its percentile interval, by name. */
export function bootstrapIntervals(metrics: readonly SummableMetric[], options: BootstrapOptions = {}): Record<string, Interval> {
  const images = countImages(metrics)
  const result: Record<string, Interval> = {}
  const columns = metrics.map((metric) => metric.names.map((): number[] => []))
  for (const weights of resamplesOf(images, options)) {
    metrics.forEach((metric, m) => {
      metric.values(sumRows(metric, weights), images).forEach((value, each) => columns[m][each].push(value))
    })
  }
  metrics.forEach((metric, m) => {
    metric.values(sumRows(metric), images).forEach((value, each) => {
      result[metric.names[each]] = { value, ...percentiles(columns[m][each], options.confidence) }
    })
  })
  return result
}

/**
 * Two systems on the same images in the same order: the difference of each metric that both have, by name.
 * @throws AppError `bad-input` where the numbers of images differ
 */
export function pairedBootstrap(a: readonly SummableMetric[], b: readonly SummableMetric[], options: BootstrapOptions = {}): Record<string, PairedInterval> {
  const steps = pairedBootstrapSteps(a, b, options)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** The same in steps of one resample, for a process that has other things to answer meanwhile. */
export function* pairedBootstrapSteps(
  a: readonly SummableMetric[],
  b: readonly SummableMetric[],
  options: BootstrapOptions = {},
): Generator<void, Record<string, PairedInterval>> {
  const pairs = a.flatMap((left) => {
    const right = b.find((metric) => metric.names.join() === left.names.join())
    return right ? [{ left, right }] : []
  })
  const images = countImages(pairs.flatMap(({ left, right }) => [left, right]))
  const differences = pairs.map(({ left }) => left.names.map((): number[] => []))
  for (const weights of resamplesOf(images, options)) {
    pairs.forEach(({ left, right }, pair) => {
      const leftValues = left.values(sumRows(left, weights), images)
      const rightValues = right.values(sumRows(right, weights), images)
      rightValues.forEach((value, each) => differences[pair][each].push(value - leftValues[each]))
    })
    yield
  }
  const result: Record<string, PairedInterval> = {}
  pairs.forEach(({ left, right }, pair) => {
    const leftValues = left.values(sumRows(left), images)
    const rightValues = right.values(sumRows(right), images)
    left.names.forEach((name, each) => {
      const drawn = differences[pair][each]
      const value = rightValues[each] - leftValues[each]
      result[name] = {
        a: leftValues[each],
        b: rightValues[each],
        difference: { value, ...percentiles(drawn, options.confidence) },
        bootstrapP: twoSided(drawn),
      }
    })
  })
  return result
}

/** The number of times each image is drawn; the array is used again for the next resample. */
export function* resamplesOf(images: number, { resamples = 1000, seed = 1 }: BootstrapOptions): Generator<Int32Array, void> {
  const random = xoroshiro128plus(seed)
  const weights = new Int32Array(images)
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0)
    for (let draw = 0; draw < images; draw++) weights[uniformInt(random, 0, images - 1)]++
    yield weights
  }
}

function countImages(metrics: readonly SummableMetric[]): number {
  const counts = new Set(metrics.map(({ rows, width }) => rows.length / width))
  if (counts.size > 1) {
    throw new AppError('bad-input', 'The scores to compare are not of the same images.', { todo: 'Score both on the same images.' })
  }
  return [...counts][0] ?? 0
}

/** The percentile interval of drawn values, linear between neighbours. */
export function percentiles(values: readonly number[], confidence = 0.95): { low: number; high: number } {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number => {
    const position = share * (sorted.length - 1)
    const below = Math.floor(position)
    const above = Math.min(below + 1, sorted.length - 1)
    return sorted[below] + (position - below) * (sorted[above] - sorted[below])
  }
  return { low: at((1 - confidence) / 2), high: at((1 + confidence) / 2) }
}

function twoSided(differences: readonly number[]): number {
  const notAbove = differences.filter((difference) => difference <= 0).length
  const notBelow = differences.filter((difference) => difference >= 0).length
  return Math.min(1, (1 + 2 * Math.min(notAbove, notBelow)) / (differences.length + 1))
}
