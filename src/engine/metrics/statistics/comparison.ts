/** Two systems on the same images: every metric with difference, bootstrap interval and paired t-test. */
import { AppError } from '#shared/errors.ts'
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
  /** over per-image scores (for BLEU: of sentence BLEU); null for a single image */
  tTest: TTest | null
}

/**
 * Compares b with a on every metric that both have.
 * @throws AppError `bad-input` where the images or their order differ
 */
export function compareSystems(a: ScoredSystem, b: ScoredSystem, options: BootstrapOptions = {}): MetricComparison[] {
  const ids = [...a.perImage.keys()]
  const others = [...b.perImage.keys()]
  if (ids.length !== others.length || ids.some((id, position) => id !== others[position])) {
    throw new AppError('bad-input', 'The scores to compare are not of the same images in the same order.', {
      todo: 'Score both on the same images.',
    })
  }
  return Object.entries(pairedBootstrap(a.statistics, b.statistics, options))
    .filter(([metric]) => metric in a.corpus && metric in b.corpus)
    .map(([metric, interval]) => ({ metric, ...interval, tTest: pairedTTest(perImageValues(a, metric), perImageValues(b, metric)) }))
}

function perImageValues({ perImage }: ScoredSystem, metric: string): number[] {
  return Array.from(perImage.values(), (scores) => scores[metric])
}
