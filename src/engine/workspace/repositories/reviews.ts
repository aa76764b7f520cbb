/** Where each image stands in review, and its corrections. */
import { z } from 'zod'
import { reviewStates, type Correction, type ErrorType, type Review, type ReviewState } from '#shared/domain.ts'
import { labelId } from '#shared/annotation/labels.ts'
import { AppError } from '#shared/errors.ts'
import type { TokenChange } from '#shared/token-diff.ts'
import { prepared, type Database } from '../storage/database.ts'

/** What undo and redo bring back: a review without its revision and time, which only grow. */
export const standingSchema = z.object({
  state: z.enum(reviewStates),
  text: z.string().nullable(),
  candidateId: z.number().nullable(),
  errorTypes: z.array(labelId),
  rating: z.number().nullable(),
})
export type Standing = z.infer<typeof standingSchema>

export const pendingStanding: Standing = { state: 'pending', text: null, candidateId: null, errorTypes: [], rating: null }

interface ReviewRecord extends Omit<Review, 'errorTypes'> {
  errorTypes: string
}

const errorTypesSchema = z.array(labelId)

export function parseErrorTypes(json: string): ErrorType[] {
  return json === '[]' ? [] : errorTypesSchema.parse(JSON.parse(json))
}

/** The review of an image. @throws AppError `not-found` */
export function getReview(database: Database, imageId: number): Review {
  const record = prepared<[number], ReviewRecord>(
    database,
    `SELECT image_id AS imageId, state, revision, text, candidate_id AS candidateId, error_types AS errorTypes, rating,
       updated_at AS updatedAt FROM review WHERE image_id = ?`,
  ).get(imageId)
  if (!record) {
    throw new AppError('not-found', `There is no image number ${imageId} in this workspace.`, { kept: 'Nothing was changed.', todo: 'Reload the library.' })
  }
  return { ...record, errorTypes: parseErrorTypes(record.errorTypes) }
}

/** State and text of the images that are no longer as they came. */
export function standingsOf(database: Database): Map<number, Pick<Review, 'state' | 'text'>> {
  const rows = prepared<[], Pick<Review, 'imageId' | 'state' | 'text'>>(
    database,
    "SELECT image_id AS imageId, state, text FROM review WHERE state <> 'pending'",
  )
  return new Map(rows.all().map(({ imageId, ...standing }) => [imageId, standing]))
}

/** Images that nobody decided on. */
export function pendingImages(database: Database): number[] {
  return prepared<[], { imageId: number }>(database, "SELECT image_id AS imageId FROM review WHERE state = 'pending' ORDER BY image_id")
    .all()
    .map(({ imageId }) => imageId)
}

/** The error types that people named of corrected images, by image. */
export function correctionErrors(database: Database, imageIds: readonly number[]): Map<number, ErrorType[]> {
  const wanted = new Set(imageIds)
  const rows = prepared<[], { imageId: number; errorTypes: string }>(
    database,
    "SELECT image_id AS imageId, error_types AS errorTypes FROM review WHERE error_types <> '[]'",
  ).all()
  return new Map(rows.filter(({ imageId }) => wanted.has(imageId)).map(({ imageId, errorTypes: json }) => [imageId, parseErrorTypes(json)]))
}

/** How many of the images are in which state. */
export function countStates(database: Database, imageIds: readonly number[]): Record<ReviewState, number> {
  const counts: Record<ReviewState, number> = { pending: 0, draft: 0, accepted: 0, corrected: 0, rejected: 0, skipped: 0 }
  const rows = database
    .prepare<[string], { state: ReviewState; images: number }>(
      'SELECT state, count(*) AS images FROM review WHERE image_id IN (SELECT value FROM json_each(?)) GROUP BY state',
    )
    .all(JSON.stringify(imageIds))
  for (const { state, images } of rows) counts[state] = images
  return counts
}

export function standingOf({ state, text, candidateId, errorTypes: types, rating }: Review): Standing {
  return { state, text, candidateId, errorTypes: types, rating }
}

export function sameStanding(a: Standing, b: Standing): boolean {
  return a.state === b.state && a.text === b.text && a.candidateId === b.candidateId && a.rating === b.rating && a.errorTypes.join() === b.errorTypes.join()
}

/** Writes a standing; the revision grows by one. */
export function writeStanding(database: Database, imageId: number, standing: Standing, time: string): void {
  prepared<[Omit<Standing, 'errorTypes'> & { imageId: number; errorTypes: string; time: string }]>(
    database,
    `UPDATE review SET state = @state, revision = revision + 1, unknown_words = CASE WHEN text IS @text THEN unknown_words END, text = @text,
       candidate_id = @candidateId, error_types = @errorTypes, rating = @rating, updated_at = @time
     WHERE image_id = @imageId`,
  ).run({ ...standing, errorTypes: JSON.stringify(standing.errorTypes), time, imageId })
}

export interface NewCorrection {
  imageId: number
  candidateId: number | null
  text: string
  replaces: string
  difference: TokenChange[]
  errorTypes: readonly ErrorType[]
  rating: number | null
  author: string
}

/** Adds a correction; corrections are never changed or removed. */
export function insertCorrection(database: Database, correction: NewCorrection, time: string): void {
  prepared<[object]>(
    database,
    `INSERT INTO correction (image_id, candidate_id, text, replaces, difference, error_types, rating, author, created_at)
     VALUES (@imageId, @candidateId, @text, @replaces, @difference, @errorTypes, @rating, @author, @time)`,
  ).run({ ...correction, difference: JSON.stringify(correction.difference), errorTypes: JSON.stringify(correction.errorTypes), time })
}

/** All corrections of an image, newest first, also those that were taken back. */
export function imageCorrections(database: Database, imageId: number): Correction[] {
  return database
    .prepare<[number], Omit<Correction, 'errorTypes'> & { errorTypes: string }>(
      `SELECT id, candidate_id AS candidateId, text, replaces, error_types AS errorTypes, rating, author, created_at AS createdAt
       FROM correction WHERE image_id = ? ORDER BY id DESC`,
    )
    .all(imageId)
    .map((record) => ({ ...record, errorTypes: parseErrorTypes(record.errorTypes) }))
}
