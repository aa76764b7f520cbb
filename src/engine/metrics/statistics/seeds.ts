/**
 * What a recipe reaches, rather than one run of it: several runs that differ in their seed alone, judged on the same photos. An interval has to cover
 * both, the photos that happened to be judged and the seeds that happened to be drawn.
 *
 * Photos are resampled (bootstrap), all runs with the same photos. Three seeds are too few to resample: drawing three out of three shows two thirds of
 * their variance, and no tail. Their variance is taken as it is, and the sum of both gets Student's interval with Satterthwaite's degrees of freedom
 * (Welch 1947). What a photo and a seed share counts in both parts, so that the interval is rather too wide than too narrow.
 */
import { AppError } from '#shared/errors.ts'
import { corpusValues, type SummableMetric } from '#shared/metrics/summable.ts'
import { resamplesOf, type BootstrapOptions } from './bootstrap.ts'
import { studentQuantile, studentTwoSided } from './student.ts'

/** The metrics of one run; all runs are judged on the same images in the same order. */
export type SeedRun = readonly SummableMetric[]

export interface SeededScore {
  /** Mean over the runs. */
  value: number
  /** Standard deviation between the runs; null of one. */
  spread: number | null
  low: number
  high: number
}

export interface SeededDifference {
  value: number
  low: number
  high: number
  /** Two-sided, at least 1 in (resamples + 1). */
  p: number
}

/** Each metric over the runs of one recipe. With one run the interval covers photos only. */
export function seededScores(runs: readonly SeedRun[], options: BootstrapOptions = {}): Record<string, SeededScore> {
  return mapped(contrast(runs, [{ runs: runs.length, sign: 1 }], options), ({ value, low, high, perRun }) => {
    return { value, spread: perRun.length < 2 ? null : Math.sqrt(variance(perRun)), low, high }
  })
}

/**
 * b − a by metric, of two recipes with at least two runs each. Runs of one seed are not taken as pairs: other captioners make other use of its draws.
 * @throws AppError `too-little-data` for a single run, `bad-input` where the runs are not of the same images
 */
export function seededDifferences(a: readonly SeedRun[], b: readonly SeedRun[], options: BootstrapOptions = {}): Record<string, SeededDifference> {
  if (Math.min(a.length, b.length) < 2) {
    throw new AppError('too-little-data', 'A recipe that was run with one seed cannot be compared with another.', { todo: 'Run it with three seeds.' })
  }
  const groups = [
    { runs: a.length, sign: -1 },
    { runs: b.length, sign: 1 },
  ] as const
  return mapped(contrast([...a, ...b], groups, options), ({ value, low, high, p }) => ({ value, low, high, p }))
}

/** Runs in a row that belong together, and how their mean counts. */
interface Group {
  runs: number
  sign: 1 | -1
}

interface Contrast extends SeededDifference {
  perRun: number[]
}

/** The signed sum of the groups' means, by metric. */
function contrast(runs: readonly SeedRun[], groups: readonly Group[], options: BootstrapOptions): Map<string, Contrast> {
  const names = namesOfAll(runs)
  const images = imagesOf(runs)
  const weights = groups.flatMap((group) => Array.from({ length: group.runs }, () => group.sign / group.runs))
  const perRun = runs.map((run) => valuesOf(run, names, images))
  const told = (values: readonly (readonly number[])[], column: number): number => values.reduce((sum, run, index) => sum + weights[index] * run[column], 0)
  const draws: number[][] = []
  for (const drawn of resamplesOf(images, options)) {
    const values = runs.map((run) => valuesOf(run, names, images, drawn))
    draws.push(names.map((_, column) => told(values, column)))
  }
  return new Map(
    names.map((name, column) => {
      const photos = { variance: variance(draws.map((draw) => draw[column])), freedom: images - 1 }
      const ofRuns = perRun.map((run) => run[column])
      const parts = [photos, ...seedParts(ofRuns, groups)]
      return [name, { perRun: ofRuns, ...intervalOf(told(perRun, column), parts, draws.length, options.confidence ?? 0.95) }]
    }),
  )
}

interface Part {
  /** Of the mean. */
  variance: number
  freedom: number
}

function seedParts(values: readonly number[], groups: readonly Group[]): Part[] {
  let first = 0
  return groups.flatMap(({ runs }): Part[] => {
    const own = values.slice(first, (first += runs))
    return runs < 2 ? [] : [{ variance: variance(own) / runs, freedom: runs - 1 }]
  })
}

/** Student's interval around a value whose variance is the sum of independent parts. */
function intervalOf(value: number, parts: readonly Part[], resamples: number, confidence: number): SeededDifference {
  const total = parts.reduce((sum, part) => sum + part.variance, 0)
  const leastP = 1 / (resamples + 1)
  if (!(total > 0)) return { value, low: value, high: value, p: value === 0 ? 1 : leastP }
  const freedom = total ** 2 / parts.reduce((sum, part) => sum + part.variance ** 2 / Math.max(1, part.freedom), 0)
  const error = Math.sqrt(total)
  const reach = studentQuantile(1 - confidence, freedom) * error
  return { value, low: value - reach, high: value + reach, p: Math.max(leastP, studentTwoSided(value / error, freedom)) }
}

function namesOfAll(runs: readonly SeedRun[]): string[] {
  const [first = [], ...others] = runs.map((run) => run.flatMap(({ names }) => names))
  return first.filter((name) => others.every((names) => names.includes(name)))
}

function imagesOf(runs: readonly SeedRun[]): number {
  const counts = new Set(runs.flatMap((run) => run.map(({ rows, width }) => rows.length / width)))
  if (counts.size > 1) throw new AppError('bad-input', 'The runs to compare are not of the same images.', { todo: 'Judge all on the same images.' })
  return [...counts][0] ?? 0
}

function valuesOf(run: SeedRun, names: readonly string[], images: number, drawn?: ArrayLike<number>): number[] {
  const values = corpusValues(run, images, drawn)
  return names.map((name) => values[name])
}

function mapped<From, To>(map: ReadonlyMap<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Array.from(map, ([name, value]) => [name, change(value)]))
}

/** Of a sample: divided by n − 1. */
function variance(values: readonly number[]): number {
  if (values.length < 2) return 0
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
}
