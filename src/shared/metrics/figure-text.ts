/** Scores and differences as a person reads them, in the window and in reports alike. */

export function score(value: number | null | undefined): string {
  return value == null ? '–' : value.toFixed(3)
}

/** An interval: `0.512 … 0.561`. */
export function between(interval: { low: number; high: number } | undefined): string {
  return interval === undefined ? '–' : `${score(interval.low)} … ${score(interval.high)}`
}

/** A difference with its sign; a true minus sign lines up with plus. */
export function delta(value: number | null | undefined): string {
  if (value == null) return '–'
  const rounded = value.toFixed(3)
  return Number(rounded) === 0 ? '±0.000' : Number(rounded) > 0 ? `+${rounded}` : rounded.replace('-', '−')
}

export function signOf(value: number | null | undefined): 'up' | 'down' | 'same' {
  if (value == null || Math.abs(value) < 0.0005) return 'same'
  return value > 0 ? 'up' : 'down'
}
