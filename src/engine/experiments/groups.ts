/** The seeds of a recipe taken together: what it reaches, and what it differs from its baseline by, over photos and seeds. */
import { seededDifferences, seededScores, type SeededDifference, type SeededScore } from '#engine/metrics/statistics/seeds.ts'
import type { ExperimentLayout } from '#engine/workspace/experiments/experiment-layout.ts'
import type { CellGroup } from '#shared/experiments.ts'
import { holm } from '#shared/metrics/holm.ts'
import type { SummableMetric } from '#shared/metrics/summable.ts'
import type { PlannedCell } from './cells.ts'
import type { CellRecord } from './folder.ts'
import { readScoredPhotos, summableMetrics, type ScoredPhoto } from './scored-cell.ts'

/** Cells that differ in the seed alone. */
interface PlannedGroup {
  cells: PlannedCell[]
  /** Places of the groups that it is compared with, one for each baseline; null where that is itself, or where a seed was named. */
  baselines: (number | null)[]
}

function plannedGroups(cells: readonly PlannedCell[]): PlannedGroup[] {
  const keyOf = ({ encoder, captioner, recipe }: PlannedCell): string => JSON.stringify([encoder, captioner, recipe])
  const places = new Map([...new Set(cells.map(keyOf))].map((key, place) => [key, place]))
  const byId = new Map(cells.map((cell) => [cell.id, cell]))
  const groups = [...places].map(([key]): PlannedGroup => ({ cells: cells.filter((cell) => keyOf(cell) === key), baselines: [] }))
  for (const [place, group] of groups.entries()) {
    group.baselines = group.cells[0].baselines.map((_, index) => {
      const baselines = group.cells.map((cell) => byId.get(cell.baselines[index] ?? ''))
      const [other] = new Set(baselines.map((cell) => (cell === undefined ? undefined : places.get(keyOf(cell)))))
      const seedsKept = baselines.every((cell, each) => cell?.seed === group.cells[each].seed)
      return other === undefined || other === place || !seedsKept ? null : other
    })
  }
  return groups
}

/** More comparisons need more resamples: otherwise no p could stay below 5 % after Holm's correction. */
function resamplesFor(comparisons: number): number {
  return Math.min(10_000, Math.max(1000, 100 * comparisons))
}

/** Takes the seeds of each group together. What was resampled once is not resampled again as long as no further cell is done. */
export function groupComparer(cells: readonly PlannedCell[], layout: ExperimentLayout): { of(records: ReadonlyMap<string, CellRecord>): Promise<CellGroup[]> } {
  const planned = plannedGroups(cells)
  const photos = new Map<string, Promise<ReadonlyMap<string, ScoredPhoto>>>()
  const scores = new Map<string, Record<string, SeededScore>>()
  const differences = new Map<string, Record<string, SeededDifference>>()

  /** A cell's photos by their names. */
  function photosOf(id: string): Promise<ReadonlyMap<string, ScoredPhoto>> {
    const found = photos.get(id) ?? readScoredPhotos(layout.cell(id).scores).then((all) => new Map(all.map((photo) => [photo.image, photo])))
    photos.set(id, found)
    return found
  }

  return {
    async of(records) {
      const resultOf = (id: string) => records.get(id)?.result ?? null
      const done = planned.map((group) => group.cells.filter(({ id }) => resultOf(id) !== null))
      const keyOf = (place: number): string => done[place].map(({ id }) => id).join()
      const collapsed = done.map((own) => own.filter(({ id }) => resultOf(id)?.collapsedTo !== undefined).map(({ seed }) => seed))
      const runsOf = async (...places: number[]): Promise<SummableMetric[][][]> => {
        const all = await Promise.all(places.map((place) => Promise.all(done[place].map(({ id }) => photosOf(id)))))
        const common = commonPhotos(all.flat())
        return all.map((runs) => runs.map((run) => summableMetrics(common.flatMap((image) => run.get(image) ?? []))))
      }
      const metrics = Object.keys(cells.map(({ id }) => resultOf(id)).find((result) => result !== null)?.scores ?? {})
      const resamples = resamplesFor(planned.length * metrics.length)
      const groups: CellGroup[] = []
      for (const [place, own] of done.entries()) {
        const { encoder, captioner, recipe } = planned[place].cells[0]
        const base = { encoder, captioner, recipe, seeds: own.map(({ seed }) => seed), collapsed: collapsed[place] }
        const told: CellGroup['differences'] = []
        for (const other of planned[place].baselines) {
          if (other === null || own.length < 2 || done[other].length < 2) {
            told.push(null)
            continue
          }
          const key = `${keyOf(other)} ${keyOf(place)}`
          if (!differences.has(key)) {
            const [before, after] = await runsOf(other, place)
            differences.set(key, only(seededDifferences(before, after, { resamples }), metrics))
          }
          const found = Object.entries(differences.get(key) ?? {})
          told.push({
            baselineCollapsed: collapsed[other].length > 0,
            metrics: Object.fromEntries(found.map(([metric, difference]) => [metric, { ...difference, adjusted: difference.p }])),
          })
        }
        if (own.length > 0 && !scores.has(keyOf(place))) {
          const [runs] = await runsOf(place)
          scores.set(keyOf(place), only(seededScores(runs), metrics))
        }
        groups.push({ ...base, scores: scores.get(keyOf(place)) ?? {}, differences: told })
      }
      return corrected(groups)
    },
  }
}

/** Holm's correction over all differences of a table, that is, to one baseline. */
function corrected(groups: readonly CellGroup[]): CellGroup[] {
  const changed = structuredClone(groups) as CellGroup[]
  for (const [baseline] of (changed[0]?.differences ?? []).entries()) {
    const table = changed.flatMap(({ differences }) => Object.values(differences[baseline]?.metrics ?? {}))
    const adjusted = holm(table.map(({ p }) => p))
    table.forEach((difference, index) => (difference.adjusted = adjusted[index]))
  }
  return changed
}

/** What all runs judged, in one order. */
function commonPhotos([first, ...others]: readonly ReadonlyMap<string, ScoredPhoto>[]): string[] {
  return [...first.keys()].filter((image) => others.every((run) => run.has(image)))
}

function only<Value>(values: Readonly<Record<string, Value>>, metrics: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([metric]) => metrics.includes(metric)))
}
