/**
 * Every corpus metric here is a function of per-image rows of numbers added up: a mean is sum / images, BLEU and METEOR work on summed
 * counts. So a resample of images is a weighted sum of rows, and nothing is scored twice.
 */
/** The values of some metrics by name. */
export type MetricValues = Record<string, number>

export interface SummableMetric {
  /** names of the values */
  names: readonly string[]
  /** numbers in a row */
  width: number
  /** one row an image, images × width */
  rows: Float64Array
  /** the values, in the order of `names`, from rows summed over `images` images */
  values(sums: ArrayLike<number>, images: number): number[]
}

/** A metric whose corpus value is the mean over images. */
export function averaged(name: string, perImage: Float64Array): SummableMetric {
  return { names: [name], width: 1, rows: perImage, values: (sums, images) => [sums[0] / images] }
}

/** Adds up the rows of a metric, each image `weights[image]` times (once unless told). */
export function sumRows({ width, rows }: SummableMetric, weights?: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(width)
  for (let image = 0, at = 0; at < rows.length; image++, at += width) {
    const weight = weights ? weights[image] : 1
    if (weight === 0) continue
    for (let column = 0; column < width; column++) sums[column] += weight * rows[at + column]
  }
  return sums
}

/** The corpus values of several metrics by name. */
export function corpusValues(metrics: readonly SummableMetric[], images: number, weights?: ArrayLike<number>): MetricValues {
  const scores: MetricValues = {}
  for (const metric of metrics) {
    metric.values(sumRows(metric, weights), images).forEach((value, each) => {
      scores[metric.names[each]] = value
    })
  }
  return scores
}
