/** Two systems on the same images: every metric with difference, bootstrap interval and p, corrected for as many as are compared. */
import { AppError } from '#shared/errors.ts'
import { holm } from '#shared/metrics/holm.ts'
import { pairedBootstrap, type BootstrapOptions, type PairedInterval } from './bootstrap.ts'
import type { MetricValues, SummableMetric } from '#shared/metrics/summable.ts'
import { pairedTTest, type TTest } from './t-test.ts'

/** What a comparison needs of each system; images in the same order on both sides. */
export interface ScoredSystem {
  /** the metrics asked for */
  corpus: MetricValues
  perImage: ReadonlyMap<number | string, MetricValues>
  statistics: readonly SummableMetric[]
}

export interface MetricComparison extends PairedInterval {
  metric: string
  /** bootstrap p after Holm's correction over all metrics compared */
  adjustedP: number
  /** over per-image scores, of metrics that are their mean; null for others (corpus BLEU is no mean of sentences') and for a single image */
  tTest: TTest | null
}

/**
 * Compares b with a on every metric that both have.
 * @throws AppError `bad-input` where the images or their order differ
 */
export function compareSystems(a: ScoredSystem, b: ScoredSystem, options: BootstrapOptions = {}): MetricComparison[] {
  return compareWithFirst([a, b], options)[0]
}

/**
 * Compares every later system with the first on every metric that both have, a list for each; Holm's correction goes over all of them together, for
 * whoever looks for a better one among many finds one by chance.
 * @throws AppError `bad-input` where the images or their order differ
 */
export function compareWithFirst([first, ...others]: readonly ScoredSystem[], options: BootstrapOptions = {}): MetricComparison[][] {
  const means = new Set(first.statistics.filter(({ width }) => width === 1).flatMap(({ names }) => names))
  const compared = others.map((other) => {
    requireSameImages(first, other)
    return Object.entries(pairedBootstrap(first.statistics, other.statistics, options)).filter(([metric]) => metric in first.corpus && metric in other.corpus)
  })
  const adjusted = holm(compared.flat().map(([, { bootstrapP }]) => bootstrapP))
  let next = 0
  return compared.map((metrics, index) =>
    metrics.map(([metric, interval]) => ({
      metric,
      ...interval,
      adjustedP: adjusted[next++],
      tTest: means.has(metric) ? pairedTTest(perImageValues(first, metric), perImageValues(others[index], metric)) : null,
    })),
  )
}

function requireSameImages(a: ScoredSystem, b: ScoredSystem): void {
  const ids = [...a.perImage.keys()]
  const others = [...b.perImage.keys()]
  if (ids.length === others.length && ids.every((id, position) => id === others[position])) return
  throw new AppError('bad-input', 'The scores to compare are not of the same images in the same order.', { todo: 'Score both on the same images.' })
}

function perImageValues({ perImage }: ScoredSystem, metric: string): number[] {
  return Array.from(perImage.values(), (scores) => scores[metric])
}
