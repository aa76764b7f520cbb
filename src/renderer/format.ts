/** Numbers, times and names as a person reads them. */
import type { ReviewState, Split } from '#shared/domain.ts'

const shortDate = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })

export { count, countOf, providerTitles } from '#shared/domain.ts'
export { failureTitles } from '#shared/failures.ts'
export { setTitles } from '#shared/metrics/evaluations.ts'
export { between, delta, score, signOf } from '#shared/metrics/figure-text.ts'

/** Who did it, by name where there is one. */
export function byWhom(author: string): string {
  return author === '' ? 'Unnamed' : author
}

export function percent(share: number): string {
  return `${Math.floor(share * 100)} %`
}

/** A share to one decimal: `12.3 %`. */
export function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`
}

/** How sure a captioner is: a decimal only where it is little. */
export function sure(probability: number): string {
  return `${(100 * probability).toFixed(probability < 0.1 ? 1 : 0)} %`
}

export function when(time: string | null): string {
  return time === null ? '–' : shortDate.format(new Date(time))
}

/** Seconds as `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const rounded = Math.max(0, Math.round(seconds))
  if (rounded < 60) return `${rounded} s`
  if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`
  return `${Math.floor(rounded / 3600)} h ${Math.floor((rounded % 3600) / 60)} min`
}

/** Parameters as `12.4 M`. */
export function millions(value: number): string {
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} M` : value >= 1e3 ? `${(value / 1e3).toFixed(0)} k` : String(value)
}

export const stateTitles: Record<ReviewState, string> = {
  pending: 'Pending',
  draft: 'Draft',
  accepted: 'Accepted',
  corrected: 'Corrected',
  rejected: 'Rejected',
  skipped: 'Skipped',
}

export const splitTitles: Record<Split, string> = { train: 'Train', dev: 'Dev', test: 'Test', none: 'No split' }

/** The last part of a path, on either kind of system. */
export function baseName(path: string): string {
  return (
    path
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? path
  )
}

/** Bytes as `14.9 MB`, in the decimal units that disks are sold in. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  return `${(value / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`
}
