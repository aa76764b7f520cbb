/** Splits and tags of images, given to many at once: one step that undo takes back. */
import { z } from 'zod'
import type { VerbParsed } from '#shared/api.ts'
import { splits, type Split } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { recordAction } from '../repositories/actions.ts'
import { prepared, type Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'
import type { ReviewContext } from '../review/review-context.ts'
import { knowLabels, listLabels } from './labels.ts'

/** What is arranged of an image. */
const arrangementSchema = z.object({ split: z.enum(splits), tags: z.array(z.string()) })
type Arrangement = z.infer<typeof arrangementSchema>

export interface ArrangementChange {
  imageId: number
  before: Arrangement
  after: Arrangement
}

/**
 * Returns how many images changed.
 * @throws AppError `not-found` for a tag that the workspace does not have
 */
export function arrangeImages(context: ReviewContext, { imageIds, split, addTags, removeTags }: VerbParsed<'images.arrange'>): number {
  const { database, author, time } = context
  const work = database.transaction(() => {
    const titles = new Map(listLabels(database).flatMap(({ kind, id, title }) => (kind === 'tag' ? [[id, title] as const] : [])))
    const unknown = addTags.find((tag) => !titles.has(tag))
    if (unknown !== undefined)
      throw new AppError('not-found', `The workspace has no tag ${unknown} any more.`, { kept: 'Nothing was changed.', todo: 'Look at its tags in Settings.' })
    const taken = new Set(removeTags)
    const changes: ArrangementChange[] = []
    for (const imageId of new Set(imageIds)) {
      const before = arrangementOf(database, imageId)
      if (before === undefined) continue
      const tags = [...new Set([...before.tags, ...addTags])].filter((tag) => !taken.has(tag)).toSorted()
      const after = { split: split ?? before.split, tags }
      if (after.split === before.split && after.tags.join('\n') === before.tags.join('\n')) continue
      write(database, imageId, before, after)
      changes.push({ imageId, before, after })
    }
    if (changes.length === 0) return 0
    const what = [
      ...(split === undefined ? [] : [`Split ${split}`]),
      ...addTags.map((tag) => `Tag “${titles.get(tag)}”`),
      ...removeTags.map((tag) => `No tag “${titles.get(tag) ?? tag}”`),
    ]
    recordAction(database, `${what.join(', ')}: ${changes.length} ${changes.length === 1 ? 'image' : 'images'}`, author, { reviews: [], images: changes }, time)
    return changes.length
  })
  return work.immediate()
}

function arrangementOf(database: Database, imageId: number): Arrangement | undefined {
  const split = prepared<[number], Split>(database, 'SELECT split FROM image WHERE id = ?').pluck().get(imageId)
  if (split === undefined) return undefined
  return { split, tags: prepared<[number], string>(database, 'SELECT name FROM tag WHERE image_id = ? ORDER BY name').pluck().all(imageId).toSorted() }
}

function write(database: Database, imageId: number, before: Arrangement, after: Arrangement): void {
  if (before.split !== after.split) prepared(database, 'UPDATE image SET split = ? WHERE id = ?').run(after.split, imageId)
  for (const tag of before.tags) if (!after.tags.includes(tag)) prepared(database, 'DELETE FROM tag WHERE image_id = ? AND name = ?').run(imageId, tag)
  for (const tag of after.tags) if (!before.tags.includes(tag)) prepared(database, 'INSERT OR IGNORE INTO tag (image_id, name) VALUES (?, ?)').run(imageId, tag)
  knowLabels(database, 'tag', after.tags) // one that was deleted since comes back with its photos
}

/** The images of an action, as `recordAction` wrote them. */
export function actionArrangements(database: Database, actionId: number): ArrangementChange[] {
  return database
    .prepare<[number], { imageId: number; before: string; after: string }>(
      'SELECT image_id AS imageId, before, after FROM action_image WHERE action_id = ? ORDER BY image_id',
    )
    .all(actionId)
    .map(({ imageId, before, after }) => ({
      imageId,
      before: storedJson(arrangementSchema, before),
      after: storedJson(arrangementSchema, after),
    }))
}

/** Puts images back to one side of an action. */
export function restoreArrangements({ database }: ReviewContext, changes: readonly ArrangementChange[], side: 'before' | 'after'): void {
  for (const { imageId, [side]: wanted } of changes) {
    const now = arrangementOf(database, imageId)
    if (now !== undefined) write(database, imageId, now, wanted)
  }
}
