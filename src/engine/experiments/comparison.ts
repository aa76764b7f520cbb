/**
 * Cells beside their baselines, paired over the photos that both judged (Koehn 2004): one by one, and all seeds of a recipe taken together. Only the latter
 * say anything of the recipe.
 */
import { pairedBootstrap } from '#engine/metrics/statistics/bootstrap.ts'
import type { ExperimentLayout } from '#engine/workspace/experiments/experiment-layout.ts'
import type { CellGroup, ComparedCell, ScoreDifference } from '#shared/experiments.ts'
import type { PlannedCell } from './cells.ts'
import type { CellRecord } from './folder.ts'
import { groupComparer } from './groups.ts'
import { readScoredPhotos, summableMetrics, type ScoredPhoto } from './scored-cell.ts'

export interface Comparer {
  /** Every cell with its differences as far as they can be told, and the cells that differ in the seed alone taken together; `records` by cell id. */
  compare(records: ReadonlyMap<string, CellRecord>): Promise<{ cells: ComparedCell[]; groups: CellGroup[] }>
}

/** Each pair is resampled once, however often the table is written. */
export function comparerOf(cells: readonly PlannedCell[], layout: ExperimentLayout): Comparer {
  const groups = groupComparer(cells, layout)
  const known = new Map<string, Record<string, ScoreDifference>>()
  const difference = async (baseline: string, id: string, metrics: readonly string[]): Promise<Record<string, ScoreDifference>> => {
    const found = known.get(`${baseline} ${id}`)
    if (found !== undefined) return found
    const all = differencesOf(await readScoredPhotos(layout.cell(baseline).scores), await readScoredPhotos(layout.cell(id).scores))
    const wanted = Object.fromEntries(Object.entries(all).filter(([metric]) => metrics.includes(metric)))
    known.set(`${baseline} ${id}`, wanted)
    return wanted
  }
  return {
    async compare(records) {
      const compared: ComparedCell[] = []
      for (const { id, encoder, captioner, recipe, seed, baselines } of cells) {
        const { state, error, result } = records.get(id) ?? { state: 'waiting' as const, error: null, result: null }
        const differences: ComparedCell['differences'] = []
        for (const baseline of baselines) {
          const both = baseline !== null && result !== null && records.get(baseline)?.result != null
          differences.push(both ? { baseline, metrics: await difference(baseline, id, Object.keys(result.scores)) } : null)
        }
        compared.push({ cell: { id, encoder, captioner, recipe, seed }, state, error, result, differences })
      }
      return { cells: compared, groups: await groups.of(records) }
    },
  }
}

/** after − before by metric, over the photos that both have. */
export function differencesOf(before: readonly ScoredPhoto[], after: readonly ScoredPhoto[]): Record<string, ScoreDifference> {
  const others = new Map(after.map((photo) => [photo.image, photo]))
  const pairs = before.flatMap((photo) => {
    const other = others.get(photo.image)
    return other === undefined ? [] : [{ photo, other }]
  })
  const paired = pairedBootstrap(summableMetrics(pairs.map(({ photo }) => photo)), summableMetrics(pairs.map(({ other }) => other)))
  return Object.fromEntries(Object.entries(paired).map(([metric, { difference, bootstrapP }]) => [metric, { ...difference, p: bootstrapP }]))
}
