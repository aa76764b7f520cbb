/** What models have learned from, themselves and those that they come from. */
import { getModel, listModels, type ModelRecord } from '../repositories/models.ts'
import type { Database } from '../storage/database.ts'

/** The snapshots that a model of these and its ancestors learned from. */
export function snapshotsOf(models: readonly ModelRecord[], modelId: string): number[] {
  const parents = new Map(models.map((model) => [model.id, model]))
  const found = new Set<number>()
  const seen = new Set<string>()
  for (let model = parents.get(modelId); model !== undefined && !seen.has(model.id); model = parents.get(model.parentId ?? '')) {
    seen.add(model.id)
    if (model.snapshotId !== null) found.add(model.snapshotId)
  }
  return [...found]
}

/** The images whose texts a model, or one that it comes from, learned from in this workspace. @throws AppError `not-found` */
export function learnedImages(database: Database, modelId: string): Set<number> {
  const snapshots = snapshotsOf(listModels(database), getModel(database, modelId).id)
  const rows = database
    .prepare<[string], number>('SELECT DISTINCT image_id FROM snapshot_item WHERE held_out = 0 AND snapshot_id IN (SELECT value FROM json_each(?))')
    .pluck()
    .all(JSON.stringify(snapshots))
  return new Set(rows)
}
