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
