/** Measures, filters and differences of Failures as a person reads them. */
import { failureTitles } from '../failures.ts'
import type { Measure, SliceFilter } from './filters.ts'
import type { Bar } from './look.ts'

export const measureTitles: Record<Measure, { title: string; meaning: string; digits: number }> = {
  score: { title: 'Score', meaning: 'Of each caption against its references', digits: 3 },
  words: { title: 'Length', meaning: 'Words of the caption', digits: 1 },
  brevity: { title: 'Brevity', meaning: 'Words of the caption over those of the closest reference; below 1 BLEU punishes', digits: 2 },
  'log-probability': { title: 'Log-probability', meaning: 'How sure the model was of the whole caption', digits: 2 },
  invented: { title: 'Invented objects', meaning: 'COCO objects that the caption names and nothing shows', digits: 2 },
  'rare-missed': { title: 'Rare words missed', meaning: 'Words of most references that training holds at most ten times, and the caption lacks', digits: 2 },
  agreement: { title: 'Agreement of references', meaning: 'CIDEr-D of each reference against the others: what could be reached', digits: 3 },
}

/** Counted in whole numbers: a bar of width 1 is one number. */
const whole: ReadonlySet<Measure> = new Set(['words', 'invented', 'rare-missed'])

const number = (value: number): string => String(Number(value.toPrecision(6))).replace('-', '−')

/** `7`, `0.5 to 0.6`, `20 or more`. */
export function rangeText(measure: Measure, { from, to }: Pick<Bar, 'from' | 'to'>): string {
  if (from === null && to === null) return 'any'
  if (from === null) return `below ${number(to ?? 0)}`
  if (to === null) return `${number(from)} or more`
  if (whole.has(measure) && to - from === 1) return number(from)
  return whole.has(measure) ? `${number(from)} to ${number(to - 1)}` : `${number(from)} to ${number(to)}`
}

const shapeTitles = { wide: 'Wide photos', tall: 'Tall photos', square: 'Square photos', small: 'Small photos' } as const

/** What a filter leaves. `otherName`: the model beside it, whose filters say so. */
export function filterText(filter: SliceFilter, otherName = 'the other'): string {
  const text = ownText(filter)
  return 'side' in filter && filter.side === 'other' ? `${text} (${otherName})` : text
}

function ownText(filter: SliceFilter): string {
  switch (filter.by) {
    case 'range':
      return `${measureTitles[filter.measure].title} ${rangeText(filter.measure, filter)}`
    case 'word':
      return filter.role === 'said' ? `says “${filter.word}”` : `misses “${filter.word}”`
    case 'object':
      return filter.role === 'invented' ? `invents ${filter.object}` : `names ${filter.object}`
    case 'kind':
      return failureTitles[filter.kind].title
    case 'reference-word':
      return `references say “${filter.word}”`
    case 'text':
      return `search “${filter.text}”`
    case 'list':
      return `list ${filter.name}`
    case 'cluster':
      return filter.basis === 'photos' ? `photos alike: ${filter.name}` : `errors alike: ${filter.name}`
    case 'tag':
      return `tag ${filter.tag}`
    case 'region':
      return `has ${filter.label}`
    case 'shape':
      return shapeTitles[filter.shape]
  }
}

/** A number of a measure with its sign: a difference. */
export function signed(value: number, digits: number): string {
  const text = Math.abs(value).toFixed(digits)
  if (Number(text) === 0) return `±${text}`
  return value > 0 ? `+${text}` : `−${text}`
}

/** `−0.12 [−0.20, −0.04]` */
export function differenceText({ value, low, high }: { value: number; low: number; high: number }, digits: number): string {
  return `${signed(value, digits)} [${signed(low, digits)}, ${signed(high, digits)}]`
}

/** Is the interval on one side of nothing? */
export function directionOf(difference: { low: number; high: number } | null): 'up' | 'down' | 'same' {
  if (difference === null) return 'same'
  return difference.low > 0 ? 'up' : difference.high < 0 ? 'down' : 'same'
}
