/** Takes images out of the workspace again: for what was imported by mistake. Their files are never touched. */
import { AppError } from '#shared/errors.ts'
import { removeEmptyActions } from '../repositories/actions.ts'
import type { Database } from '../storage/database.ts'
import { rebuildDocumentFrequency } from '../repositories/document-frequencies.ts'

export interface Removed {
  removed: number
  /** Images that somebody worked on, or that a snapshot, a ballot or a case holds. */
  kept: number
}

/** What was only imported or computed. Corrections are append-only, snapshots and ballots are frozen, drafts and decisions are somebody's work. */
const removable = `SELECT value FROM json_each(?) AS wanted JOIN image ON image.id = wanted.value
  WHERE NOT EXISTS (SELECT 1 FROM review WHERE review.image_id = wanted.value AND state NOT IN ('pending', 'skipped'))
    AND NOT EXISTS (SELECT 1 FROM correction WHERE correction.image_id = wanted.value)
    AND NOT EXISTS (SELECT 1 FROM snapshot_item WHERE snapshot_item.image_id = wanted.value)
    AND NOT EXISTS (SELECT 1 FROM ballot_pair WHERE ballot_pair.image_id = wanted.value)
    AND NOT EXISTS (SELECT 1 FROM case_photo WHERE case_photo.image_id = wanted.value)
    AND NOT EXISTS (SELECT 1 FROM earlier_photo WHERE earlier_photo.image_id = wanted.value AND EXISTS
      (SELECT 1 FROM json_each(stood, '$.captions') AS caption WHERE caption.value ->> 'state' NOT IN ('pending', 'skipped')))`

/** In an order that leaves no row without what it names. Scores and failures go with their captions. */
const belongings = [
  'action_change',
  'action_region',
  'action_image',
  'action_reference',
  'review',
  'photo_author',
  'score',
  'caption',
  'reference',
  'tag',
  'region',
  'annotated_image',
  'photo_list_item',
]

/**
 * Removes those of the images that nobody worked on, with their captions, scores and references, in one transaction.
 * @throws AppError `conflict` while a job is under way, which may be about to write about them
 */
export function removeImages(database: Database, imageIds: readonly number[], time: string): Removed {
  const work = database.transaction((): Removed => {
    if (database.prepare("SELECT 1 FROM job WHERE state IN ('queued', 'running', 'paused') LIMIT 1").get() !== undefined) {
      throw new AppError('conflict', 'Images cannot be removed while a job is under way.', {
        kept: 'Nothing was removed.',
        todo: 'Wait for the job, or cancel it, and try again.',
      })
    }
    const wanted = new Set(imageIds)
    const ids = database
      .prepare<[string], number>(removable)
      .pluck()
      .all(JSON.stringify([...wanted]))
    const list = JSON.stringify(ids)
    const hadReferences = database.prepare('SELECT 1 FROM reference WHERE image_id IN (SELECT value FROM json_each(?)) LIMIT 1').get(list) !== undefined
    for (const table of belongings) database.prepare(`DELETE FROM ${table} WHERE image_id IN (SELECT value FROM json_each(?))`).run(list)
    database.prepare('DELETE FROM image_text WHERE rowid IN (SELECT value FROM json_each(?))').run(list)
    database.prepare('DELETE FROM image WHERE id IN (SELECT value FROM json_each(?))').run(list)
    // What is left without anything in it: undo entries, and folders that need not be read from any more.
    removeEmptyActions(database)
    database.prepare('DELETE FROM image_root WHERE path NOT IN (SELECT root FROM image)').run()
    if (hadReferences) rebuildDocumentFrequency(database, time)
    return { removed: ids.length, kept: wanted.size - ids.length }
  })
  return work.immediate()
}
