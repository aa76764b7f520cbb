/** Median and 95th percentile of repeated measurements, in milliseconds with one decimal. */
export interface Spread {
  median: number
  p95: number
  count: number
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other)
  const at = (share: number): number => Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN) * 10) / 10
  return { median: at(0.5), p95: at(0.95), count: sorted.length }
}

/** How figures grow with sizes: the slope of the line through their logarithms, with two decimals. Figures that round to nothing are left out. */
export function exponent(sizes: readonly number[], figures: readonly number[]): number {
  const points = figures.flatMap((figure, place) => (figure > 0 ? [[Math.log(sizes[place]), Math.log(figure)] as const] : []))
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(points.map(([size]) => size)), mean(points.map(([, figure]) => figure))]
  const slope = points.reduce((sum, [size, figure]) => sum + (size - x) * (figure - y), 0) / points.reduce((sum, [size]) => sum + (size - x) ** 2, 0)
  return Math.round(slope * 100) / 100
}
