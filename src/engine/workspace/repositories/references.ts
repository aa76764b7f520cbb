/** Reference captions: several an image, each from a source (the file it came from). */
import type { Reference } from '#shared/domain.ts'
import { prepared, type Database } from '../storage/database.ts'

export function imageReferences(database: Database, imageId: number): Reference[] {
  return prepared<[number], Reference>(database, 'SELECT id, text, source FROM reference WHERE image_id = ? ORDER BY id').all(imageId)
}

/** The texts of all references of some images. */
export function referenceTexts(database: Database, imageIds: readonly number[]): Map<number, string[]> {
  const texts = new Map<number, string[]>()
  const rows = database
    .prepare<[string], { imageId: number; text: string }>(
      `SELECT image_id AS imageId, text FROM json_each(?) AS wanted JOIN reference ON reference.image_id = wanted.value
       ORDER BY wanted.key, reference.id`,
    )
    .iterate(JSON.stringify(imageIds))
  for (const { imageId, text } of rows) {
    const ofImage = texts.get(imageId)
    if (ofImage) ofImage.push(text)
    else texts.set(imageId, [text])
  }
  return texts
}

/**
 * Puts an image's references from the given sources in place of those it had from the same sources; other sources stay.
 * Scores against references that are no longer the same are removed. Returns whether anything changed.
 */
export function replaceReferences(database: Database, imageId: number, references: readonly Omit<Reference, 'id'>[]): boolean {
  const sources = [...new Set(references.map(({ source }) => source))]
  const former = imageReferences(database, imageId).filter(({ source }) => sources.includes(source))
  const same = former.length === references.length && former.every(({ text, source }, i) => text === references[i].text && source === references[i].source)
  if (same) return false
  for (const { id } of former) prepared<[number]>(database, 'DELETE FROM reference WHERE id = ?').run(id)
  const insert = prepared<[number, string, string]>(database, 'INSERT INTO reference (image_id, text, source) VALUES (?, ?, ?)')
  for (const { text, source } of references) insert.run(imageId, text, source)
  prepared<[number]>(database, 'UPDATE image SET reference_count = (SELECT count(*) FROM reference WHERE image_id = image.id) WHERE id = ?').run(imageId)
  prepared<[number]>(database, "DELETE FROM score WHERE image_id = ? AND reference_set = 'references'").run(imageId)
  return true
}
