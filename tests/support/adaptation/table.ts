/** The table of the adaptation benchmark: gains with intervals over photos and seeds. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { bootstrapIntervals, type Interval } from '#engine/metrics/statistics/bootstrap.ts'
import type { SummableMetric } from '#shared/metrics/summable.ts'
import type { Cell, CellResult, JudgedPhotos } from './cells.ts'

export interface Finished {
  cell: Cell
  result: CellResult
}

/** One line: all seeds (and folds) of a parent, a theme and a number of corrections. */
export interface Row {
  parent: string
  theme: string
  corrections: number
  seeds: number
  photos: number
  before: number
  on: Interval
  elsewhere: Interval
  /** Runs that kept the parent. */
  outcomes: string[]
  /** The longest run, and the processor's share of it. */
  minutes: number
  processorMinutes: number
}

export function rowsOf(finished: readonly Finished[]): Row[] {
  const groups = groupBy(finished, ({ cell }) => `${cell.parent} ${cell.theme} ${cell.corrections} ${cell.choice}`)
  return [...groups.values()].map((group) => {
    const [{ cell }] = group
    const seeds = [...groupBy(group, (each) => each.cell.seed).values()]
    const of = (set: 'on' | 'elsewhere'): JudgedPhotos[] => seeds.map((runs) => runs.flatMap(({ result }) => result[set]))
    const judged = of('on').flat()
    return {
      parent: cell.parent,
      theme: cell.choice === 'queue' ? `${cell.theme}, chosen by the queue` : cell.theme,
      corrections: Math.max(...group.map(({ result }) => result.corrected)),
      seeds: seeds.length,
      photos: new Set(judged.map(({ photo }) => photo)).size,
      before: mean(judged.map(({ before }) => before)),
      on: gain(of('on')),
      elsewhere: gain(of('elsewhere')),
      outcomes: group.map(({ result }) => result.outcome),
      minutes: Math.max(...group.map(({ result }) => result.minutes)),
      processorMinutes: Math.max(...group.map(({ result }) => result.processorMinutes)),
    }
  })
}

/**
 * The mean gain over seeds, with the 95 % interval of resampling photos and seeds at once: each resample draws photos (the same for every seed)
 * and, of the seeds' means over them, draws seeds.
 */
export function gain(seeds: readonly JudgedPhotos[]): Interval {
  const photos = [...new Set(seeds.flatMap((judged) => judged.map(({ photo }) => photo)))]
  const place = new Map(photos.map((photo, index) => [photo, index]))
  const width = 2 * seeds.length
  const rows = new Float64Array(photos.length * width)
  seeds.forEach((judged, seed) => {
    for (const { photo, before, after } of judged) {
      const at = (place.get(photo) ?? 0) * width + 2 * seed
      rows[at] += after - before
      rows[at + 1] += 1
    }
  })
  const random = xoroshiro128plus(1)
  const metric: SummableMetric = {
    names: ['gain'],
    width,
    rows,
    values: (sums) => [mean(seeds.map(() => uniformInt(random, 0, seeds.length - 1)).map((seed) => sums[2 * seed] / Math.max(1, sums[2 * seed + 1])))],
  }
  const { low, high } = bootstrapIntervals([metric])['gain']
  return { value: mean(seeds.map((judged) => mean(judged.map(({ before, after }) => after - before)))), low, high }
}

export function markdown(rows: readonly Row[]): string {
  const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  const told = ({ value, low, high }: Interval): string => `${signed(value)} [${signed(low)}, ${signed(high)}]`
  const lines = rows.map(
    ({ parent, theme, corrections, seeds, photos, before, on, elsewhere, outcomes, minutes, processorMinutes }) =>
      `| ${parent} | ${corrections} ${theme} | ${seeds} | ${photos} | ${before.toFixed(3)} | ${told(on)} | ${told(elsewhere)} | ${counted(outcomes)} | ${minutes.toFixed(1)} (${processorMinutes.toFixed(1)}) |`,
  )
  return [
    '| parent | corrections | seeds | photos | CIDEr before | gain where it was corrected | gain elsewhere | outcome | minutes (of processor) |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n')
}

function counted(outcomes: readonly string[]): string {
  return [...groupBy(outcomes, (outcome) => outcome)]
    .map(([outcome, all]) => (all.length === outcomes.length ? outcome : `${outcome} ×${all.length}`))
    .join(', ')
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}
