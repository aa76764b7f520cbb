/** Reference captions: several an image, each from a source (the file it came from) or by a person. Those that do not stand are kept. */
import { z } from 'zod'
import type { Reference } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { prepared, type Database } from '../storage/database.ts'
import { writeProperty } from './properties.ts'

/** What undo and redo bring back. */
export const storedReferenceSchema = z.object({
  id: z.number(),
  imageId: z.number(),
  text: z.string(),
  source: z.string(),
  corrects: z.number().nullable(),
  author: z.string().nullable(),
  writtenAt: z.string().nullable(),
  asideBy: z.string().nullable(),
  asideAt: z.string().nullable(),
})
export type StoredReference = z.infer<typeof storedReferenceSchema>

const columns = `id, image_id AS imageId, text, source, corrects, author, written_at AS writtenAt, aside_by AS asideBy, aside_at AS asideAt`

/** All of an image's references, also those that do not stand. */
export function imageReferences(database: Database, imageId: number): Reference[] {
  return prepared<[number], StoredReference>(database, `SELECT ${columns} FROM reference WHERE image_id = ? ORDER BY id`)
    .all(imageId)
    .map(({ imageId: _, ...reference }) => reference)
}

export function standingReferences(database: Database, imageId: number): Reference[] {
  return imageReferences(database, imageId).filter(({ asideAt }) => asideAt === null)
}

/** @throws AppError `not-found` */
export function getReference(database: Database, referenceId: number): StoredReference {
  const reference = prepared<[number], StoredReference>(database, `SELECT ${columns} FROM reference WHERE id = ?`).get(referenceId)
  if (reference) return reference
  throw new AppError('not-found', 'That reference is no longer there.', { kept: 'Nothing was changed.', todo: 'Look at the image again.' })
}

/** The references that were written in place of one and stand. */
export function standingCorrections(database: Database, referenceId: number): StoredReference[] {
  return prepared<[number], StoredReference>(database, `SELECT ${columns} FROM reference WHERE corrects = ? AND standing = 1 ORDER BY id`).all(referenceId)
}

/** Adds a reference that a person wrote. */
export function insertReference(database: Database, { imageId, text, source, corrects, author, writtenAt }: Omit<StoredReference, 'id'>): StoredReference {
  const { lastInsertRowid } = prepared<unknown[]>(
    database,
    'INSERT INTO reference (image_id, text, source, corrects, author, written_at) VALUES (?, ?, ?, ?, ?, ?)',
  ).run(imageId, text, source, corrects, author, writtenAt)
  return getReference(database, Number(lastInsertRowid))
}

/** Writes a reference as it stood at some time; null takes it away. */
export function restoreReference(database: Database, referenceId: number, reference: StoredReference | null): void {
  if (reference === null) prepared<[number]>(database, 'DELETE FROM reference WHERE id = ?').run(referenceId)
  else
    prepared<[StoredReference]>(
      database,
      `INSERT INTO reference (id, image_id, text, source, corrects, author, written_at, aside_by, aside_at, standing)
         VALUES (@id, @imageId, @text, @source, @corrects, @author, @writtenAt, @asideBy, @asideAt, @asideAt IS NULL)
       ON CONFLICT DO UPDATE SET aside_by = excluded.aside_by, aside_at = excluded.aside_at, standing = excluded.standing`,
    ).run(reference)
}

/** The texts of all references of some images that stand. */
export function referenceTexts(database: Database, imageIds: readonly number[]): Map<number, string[]> {
  const rows = database
    .prepare<[string], { imageId: number; text: string }>(
      `SELECT image_id AS imageId, text FROM json_each(?) AS wanted JOIN reference ON reference.image_id = wanted.value AND standing = 1
       ORDER BY wanted.key, reference.id`,
    )
    .iterate(JSON.stringify(imageIds))
  return textsByImage(rows)
}

/** Texts of images, in the order in which they come. */
export function textsByImage(rows: Iterable<{ imageId: number; text: string }>): Map<number, string[]> {
  const texts = new Map<number, string[]>()
  for (const { imageId, text } of rows) {
    const ofImage = texts.get(imageId)
    if (ofImage) ofImage.push(text)
    else texts.set(imageId, [text])
  }
  return texts
}

/**
 * Puts an image's references from the given sources in place of those it had from the same sources; other sources stay, and so does what people
 * wrote, corrected and set aside: a text of the file that they corrected or set aside does not come back.
 * Scores against references that are no longer the same are removed. Returns whether anything changed.
 */
export function replaceReferences(database: Database, imageId: number, references: readonly Pick<Reference, 'text' | 'source'>[]): boolean {
  const sources = new Set(references.map(({ source }) => source))
  const imported = imageReferences(database, imageId).filter(({ source, author }) => author === null && sources.has(source))
  const settled = imported.filter(({ asideBy }) => asideBy !== null)
  const former = imported.filter(({ asideAt }) => asideAt === null)
  const given = references.filter(({ text, source }) => !settled.some((one) => one.text === text && one.source === source))
  const same = former.length === given.length && former.every(({ text, source }, i) => text === given[i].text && source === given[i].source)
  if (same) return false
  for (const { id } of former) {
    // What a step of undo or redo names is kept, set aside by nobody.
    const kept = prepared<[number]>(
      database,
      `UPDATE reference SET standing = 0, aside_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
       WHERE id = ? AND (id IN (SELECT reference_id FROM action_reference) OR id IN (SELECT corrects FROM reference WHERE corrects IS NOT NULL))`,
    ).run(id)
    if (kept.changes === 0) prepared<[number]>(database, 'DELETE FROM reference WHERE id = ?').run(id)
  }
  const insert = prepared<[number, string, string]>(database, 'INSERT INTO reference (image_id, text, source) VALUES (?, ?, ?)')
  for (const { text, source } of given) insert.run(imageId, text, source)
  referencesChanged(database, imageId)
  return true
}

/** Counts an image's references anew; scores against those that were there before go. */
function referencesChanged(database: Database, imageId: number): void {
  prepared<[number]>(
    database,
    'UPDATE image SET reference_count = (SELECT count(*) FROM reference WHERE image_id = image.id AND standing = 1) WHERE id = ?',
  ).run(imageId)
  prepared<[number]>(database, "DELETE FROM score WHERE image_id = ? AND reference_set = 'references'").run(imageId)
}

/** The same after a person's edit: the workspace's document frequencies are counted anew when they are needed next. */
export function referencesEdited(database: Database, imageId: number): void {
  referencesChanged(database, imageId)
  writeProperty(database, 'references_edited', 'yes')
}
