/** Where each of a photo's captions by people stands in review, what they come to, and their corrections. A caption without a row is pending. */
import { z } from 'zod'
import { labelId } from '#shared/annotation/labels.ts'
import { reviewStates, type CaptionPlace, type Correction, type ErrorType, type PhotoStanding, type Review, type ReviewState } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { photoStanding, untouchedCaption } from '#shared/review.ts'
import type { TokenChange } from '#shared/token-diff.ts'
import { prepared, type Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'
import { captionsWanted } from './properties.ts'

/** What undo and redo bring back: a review without its revision and time, which only grow. */
export const standingSchema = z.object({
  state: z.enum(reviewStates),
  text: z.string().nullable(),
  candidateId: z.number().nullable(),
  errorTypes: z.array(labelId),
  rating: z.number().nullable(),
  author: z.string().nullable(),
})
export type Standing = z.infer<typeof standingSchema>

export const pendingStanding: Standing = { state: 'pending', text: null, candidateId: null, errorTypes: [], rating: null, author: null }

interface ReviewRecord extends Omit<Review, 'errorTypes'> {
  errorTypes: string
}

const errorTypesSchema = z.array(labelId)

export function parseErrorTypes(json: string): ErrorType[] {
  return json === '[]' ? [] : storedJson(errorTypesSchema, json)
}

const columns = `image_id AS imageId, slot, state, revision, text, candidate_id AS candidateId, error_types AS errorTypes, rating, author,
  updated_at AS updatedAt`

const reviewOf = (record: ReviewRecord): Review => ({ ...record, errorTypes: parseErrorTypes(record.errorTypes) })

/** @throws AppError `not-found` for an image that is not there */
export function getReview(database: Database, { imageId, slot }: CaptionPlace): Review {
  const record = prepared<[number, number], ReviewRecord>(database, `SELECT ${columns} FROM review WHERE image_id = ? AND slot = ?`).get(imageId, slot)
  if (record !== undefined) return reviewOf(record)
  requireImage(database, imageId)
  return untouchedCaption(imageId, slot)
}

function requireImage(database: Database, imageId: number): void {
  if (prepared<[number]>(database, 'SELECT 1 FROM image WHERE id = ?').get(imageId) !== undefined) return
  throw new AppError('not-found', `There is no image number ${imageId} in this workspace.`, { kept: 'Nothing was changed.', todo: 'Reload the library.' })
}

/** The captions of a photo by slot, without gaps: those with a row, and at least as many as are wanted. @throws as `getReview` */
export function imageReviews(database: Database, imageId: number, wanted = captionsWanted(database)): Review[] {
  const rows = prepared<[number], ReviewRecord>(database, `SELECT ${columns} FROM review WHERE image_id = ? ORDER BY slot`).all(imageId)
  if (rows.length === 0) requireImage(database, imageId)
  const bySlot = new Map(rows.map((record) => [record.slot, reviewOf(record)]))
  const length = Math.max(wanted, (rows.at(-1)?.slot ?? -1) + 1)
  return Array.from({ length }, (_, slot) => bySlot.get(slot) ?? untouchedCaption(imageId, slot))
}

/** State and text of the captions that are no longer as they came, by image. */
export function standingsOf(database: Database): Map<number, Pick<Review, 'slot' | 'state' | 'text'>[]> {
  const rows = prepared<[], Pick<Review, 'imageId' | 'slot' | 'state' | 'text'>>(
    database,
    "SELECT image_id AS imageId, slot, state, text FROM review WHERE state <> 'pending' ORDER BY image_id, slot",
  )
  const standings = new Map<number, Pick<Review, 'slot' | 'state' | 'text'>[]>()
  for (const { imageId, ...standing } of rows.iterate()) {
    const ofImage = standings.get(imageId)
    if (ofImage) ofImage.push(standing)
    else standings.set(imageId, [standing])
  }
  return standings
}

/** Images that nobody decided on. */
export function pendingImages(database: Database): number[] {
  return prepared<[], { imageId: number }>(database, "SELECT id AS imageId FROM image WHERE review_state = 'pending' AND decided = 0 ORDER BY id")
    .all()
    .map(({ imageId }) => imageId)
}

/** The error types that people named of the captions of images, by image. */
export function correctionErrors(database: Database, imageIds: readonly number[]): Map<number, ErrorType[]> {
  const wanted = new Set(imageIds)
  const errors = new Map<number, Set<ErrorType>>()
  const rows = prepared<[], { imageId: number; errorTypes: string }>(
    database,
    "SELECT image_id AS imageId, error_types AS errorTypes FROM review WHERE error_types <> '[]'",
  ).all()
  for (const { imageId, errorTypes: json } of rows) {
    if (!wanted.has(imageId)) continue
    const ofImage = errors.get(imageId) ?? new Set<ErrorType>()
    errors.set(imageId, ofImage)
    for (const type of parseErrorTypes(json)) ofImage.add(type)
  }
  return new Map([...errors].map(([imageId, types]) => [imageId, [...types]]))
}

/** How many of the images' captions are in which state; those that nobody has begun are pending. */
export function countStates(database: Database, imageIds: readonly number[]): Record<ReviewState, number> {
  const counts: Record<ReviewState, number> = { pending: 0, draft: 0, accepted: 0, corrected: 0, rejected: 0, skipped: 0 }
  const list = JSON.stringify(imageIds)
  const rows = prepared<[string], { state: ReviewState; captions: number }>(
    database,
    `SELECT state, count(*) AS captions FROM review
     WHERE state <> 'pending' AND image_id IN (SELECT value FROM json_each(?)) GROUP BY state`,
  ).all(list)
  for (const { state, captions } of rows) counts[state] = captions
  counts.pending =
    prepared<[{ list: string; wanted: number }], number>(
      database,
      `SELECT coalesce(sum(@wanted - (SELECT count(*) FROM review WHERE image_id = image.id AND slot < @wanted AND state <> 'pending')), 0)
       FROM image WHERE id IN (SELECT value FROM json_each(@list))`,
    )
      .pluck()
      .get({ list, wanted: captionsWanted(database) }) ?? 0
  return counts
}

export function standingOf({ state, text, candidateId, errorTypes: types, rating, author }: Review): Standing {
  return { state, text, candidateId, errorTypes: types, rating, author }
}

/** Does the same stand? Whoever made it so. */
export function sameStanding(a: Standing, b: Standing): boolean {
  return a.state === b.state && a.text === b.text && a.candidateId === b.candidateId && a.rating === b.rating && a.errorTypes.join() === b.errorTypes.join()
}

/** Writes a standing; the revision grows by one, and the photo's own state follows. */
export function writeStanding(database: Database, { imageId, slot }: CaptionPlace, standing: Standing, time: string): void {
  prepared<[Omit<Standing, 'errorTypes'> & CaptionPlace & { errorTypes: string; time: string }]>(
    database,
    `INSERT INTO review (image_id, slot, state, revision, text, candidate_id, error_types, rating, author, updated_at)
       VALUES (@imageId, @slot, @state, 1, @text, @candidateId, @errorTypes, @rating, @author, @time)
     ON CONFLICT DO UPDATE SET state = excluded.state, revision = revision + 1,
       unknown_words = CASE WHEN text IS excluded.text THEN unknown_words END, text = excluded.text, candidate_id = excluded.candidate_id,
       error_types = excluded.error_types, rating = excluded.rating, author = excluded.author, updated_at = excluded.updated_at`,
  ).run({ ...standing, errorTypes: JSON.stringify(standing.errorTypes), time, imageId, slot })
  settlePhoto(database, imageId)
}

function settlePhoto(database: Database, imageId: number): void {
  const states = prepared<[number], ReviewState>(database, 'SELECT state FROM review WHERE image_id = ?').pluck().all(imageId)
  const photo = photoStanding(states, captionsWanted(database))
  prepared<[PhotoStanding & { imageId: number }]>(
    database,
    `UPDATE image SET review_state = @state, decided = @decided
     WHERE id = @imageId AND (review_state <> @state OR decided <> @decided)`,
  ).run({ ...photo, imageId })
}

/** After the project asks for another number of captions: every photo's state by it. */
export function settlePhotos(database: Database): void {
  const wanted = captionsWanted(database)
  database.function('photo_state', { deterministic: true }, (states: unknown) => photoStanding(String(states).split(',') as ReviewState[], wanted).state)
  database
    .prepare(
      `UPDATE image SET review_state = settled.state
       FROM (SELECT image_id, photo_state(group_concat(state)) AS state FROM review GROUP BY image_id) AS settled
       WHERE id = settled.image_id AND review_state <> settled.state`,
    )
    .run()
}

/** What the photo's captions come to. */
export function photoOf(database: Database, imageId: number): PhotoStanding {
  const photo = prepared<[number], PhotoStanding>(database, 'SELECT review_state AS state, decided FROM image WHERE id = ?').get(imageId)
  return photo ?? photoStanding([], captionsWanted(database))
}

export interface NewCorrection extends CaptionPlace {
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
    `INSERT INTO correction (image_id, slot, candidate_id, text, replaces, difference, error_types, rating, author, created_at, content_hash)
     VALUES (@imageId, @slot, @candidateId, @text, @replaces, @difference, @errorTypes, @rating, @author, @time,
       (SELECT content_hash FROM image WHERE id = @imageId))`,
  ).run({ ...correction, difference: JSON.stringify(correction.difference), errorTypes: JSON.stringify(correction.errorTypes), time })
}

/** All corrections of an image, newest first, also those that were taken back. */
export function imageCorrections(database: Database, imageId: number): Correction[] {
  return database
    .prepare<[number], Omit<Correction, 'errorTypes' | 'ofEarlierPhoto'> & { errorTypes: string; ofEarlierPhoto: number }>(
      `SELECT correction.id, slot, candidate_id AS candidateId, text, replaces, error_types AS errorTypes, rating, author, created_at AS createdAt,
         correction.content_hash <> image.content_hash AS ofEarlierPhoto
       FROM correction JOIN image ON image.id = image_id WHERE image_id = ? ORDER BY correction.id DESC`,
    )
    .all(imageId)
    .map((record) => ({ ...record, errorTypes: parseErrorTypes(record.errorTypes), ofEarlierPhoto: record.ofEarlierPhoto === 1 }))
}
