/**
 * A photo replaced under its name is another photo: what was decided, captioned and drawn stays with the earlier content, and the image comes back to be
 * reviewed. Where the earlier content is put back, what stood then stands again.
 */
import type { ReplacedPhoto } from '#shared/jobs.ts'
import type { WorkspaceEvent } from '../events.ts'
import { recordAction, removeEmptyActions, type ActionChange } from '../repositories/actions.ts'
import { findCaption } from '../repositories/captions.ts'
import { refreshImageText } from '../repositories/image-text.ts'
import { getImage } from '../repositories/images.ts'
import { deleteRegion, listRegions, newRegionId, writeRegion } from '../repositories/regions.ts'
import { getReview, imageReviews, pendingStanding, standingOf, writeStanding, type Standing } from '../repositories/reviews.ts'
import type { ReviewContext } from '../review/review-context.ts'
import { prepared, type Database } from '../storage/database.ts'
import { findEarlierPhoto, insertEarlierPhoto, removeEarlierPhoto, settleEarlierPhotos, type Stood } from './earlier-photos.ts'

/** Called inside a transaction. Returns the images that are others now; one whose content is known already is passed by. */
export function replacePhotos(database: Database, photos: readonly ReplacedPhoto[], time: string): number[] {
  const replaced = photos.filter((photo) => replacePhoto(database, photo, time)).map(({ imageId }) => imageId)
  afterReplacing(database, replaced)
  return replaced
}

/** Once all of them are replaced: it looks through everything that was done. */
export function afterReplacing(database: Database, replaced: readonly number[]): void {
  if (replaced.length === 0) return
  // Nothing that was done before may be undone or done again about another picture.
  removeEmptyActions(database)
  refreshImageText(database, replaced)
}

/** Tells the window, once it is on disk. */
export function tellReplaced(imageIds: number[], notify: (event: WorkspaceEvent) => void): void {
  if (imageIds.length === 0) return
  notify({ kind: 'photos-replaced', imageIds })
  notify({ kind: 'changed', what: ['images', 'captions', 'scores', 'reviews'] })
}

/** Called inside a transaction, with `afterReplacing` to come. Is the image another one now? */
export function replacePhoto(database: Database, { imageId, contentHash, width, height }: ReplacedPhoto, time: string): boolean {
  const image = getImage(database, imageId)
  if (image.contentHash === contentHash) return false
  const known = findEarlierPhoto(database, imageId, contentHash)
  const stood = setAside(database, imageId)
  // Where the earlier file was put back before anybody decided about the other one, nothing has happened.
  if (known === undefined || stood.captions.some(({ state }) => state !== 'pending')) insertEarlierPhoto(database, imageId, image, stood, time)
  prepared<[object]>(database, 'UPDATE image SET content_hash = @contentHash, width = @width, height = @height WHERE id = @imageId').run({
    imageId,
    contentHash,
    width,
    height,
  })
  for (const table of ['action_change', 'action_region', 'action_reference'])
    prepared<[number]>(database, `DELETE FROM ${table} WHERE image_id = ?`).run(imageId)
  // Each grows by a revision: what was typed against the earlier photo is refused.
  for (const { slot } of stood.captions) writeStanding(database, { imageId, slot }, pendingStanding, time)
  if (known === undefined) return true
  bringBack(database, imageId, known.stood)
  for (const { slot, ...standing } of known.stood.captions) writeStanding(database, { imageId, slot }, possible(database, standing), time)
  removeEarlierPhoto(database, known.id)
  return true
}

/** Takes away what is about the content that is there, and says what it was. */
function setAside(database: Database, imageId: number): Stood {
  const captionIds = prepared<[number], number>(database, 'SELECT id FROM caption WHERE image_id = ? AND superseded = 0').pluck().all(imageId)
  const regions = listRegions(database, imageId)
  const annotatedBy = prepared<[number], string>(database, 'SELECT source FROM annotated_image WHERE image_id = ?').pluck().all(imageId)
  prepared<[number]>(database, 'UPDATE caption SET superseded = 1 WHERE image_id = ?').run(imageId)
  // Failures go with their scores.
  for (const table of ['score', 'annotated_image']) prepared<[number]>(database, `DELETE FROM ${table} WHERE image_id = ?`).run(imageId)
  for (const { id } of regions) deleteRegion(database, id)
  const captions = imageReviews(database, imageId).map((review) => ({ slot: review.slot, ...standingOf(review) }))
  return { captions, captionIds, regions, annotatedBy }
}

/** The other way. Candidates and boxes that were made since stay in the place of the earlier ones. */
function bringBack(database: Database, imageId: number, { captionIds, regions, annotatedBy }: Stood): void {
  const captioned = prepared<[number], number>(database, 'SELECT DISTINCT model_number FROM caption WHERE image_id = ? AND superseded = 0').pluck().all(imageId)
  prepared<[string, string]>(
    database,
    `UPDATE caption SET superseded = 0 WHERE id IN (SELECT value FROM json_each(?)) AND model_number NOT IN (SELECT value FROM json_each(?))`,
  ).run(JSON.stringify(captionIds), JSON.stringify(captioned))
  // Their former ids may be others' now.
  if (listRegions(database, imageId).length === 0) for (const region of regions) writeRegion(database, { ...region, id: newRegionId(database) })
  for (const source of annotatedBy)
    prepared<[number, string]>(database, 'INSERT OR IGNORE INTO annotated_image (image_id, source) VALUES (?, ?)').run(imageId, source)
}

/** Its candidate may be gone: its words are in the text. */
function possible(database: Database, standing: Standing): Standing {
  const there = standing.candidateId !== null && findCaption(database, standing.candidateId) !== undefined
  return there ? standing : { ...standing, candidateId: null }
}

/**
 * For photos that were replaced by another file of the same picture (a smaller copy, other metadata): what stood before stands again, with one undo
 * entry. Images that are not changed, or that somebody has begun to work on, are passed by. Returns how many took over what stood.
 */
export function keepEarlier({ database, author, time }: ReviewContext, imageIds: readonly number[]): number {
  const work = database.transaction(() => {
    const changes: ActionChange[] = []
    const kept: number[] = []
    for (const imageId of new Set(imageIds)) {
      const begun = imageReviews(database, imageId).some(({ state }) => state !== 'pending')
      const known = begun ? undefined : findEarlierPhoto(database, imageId)
      if (known === undefined) continue
      bringBack(database, imageId, known.stood)
      for (const { slot, ...standing } of known.stood.captions) {
        const after = possible(database, standing)
        changes.push({ imageId, slot, before: standingOf(getReview(database, { imageId, slot })), after })
        writeStanding(database, { imageId, slot }, after, time)
      }
      settleEarlierPhotos(database, imageId, time)
      kept.push(imageId)
    }
    if (kept.length === 0) return 0
    const what = kept.length === 1 ? getImage(database, kept[0]).fileName : `${kept.length} replaced photos`
    recordAction(database, `Keep what stood for ${what}`, author, { reviews: changes }, time)
    refreshImageText(database, kept)
    return kept.length
  })
  return work.immediate()
}
