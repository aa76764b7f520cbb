/** An import is staged row by row and becomes visible all at once: a cancelled or killed import leaves nothing. */
import type { z } from 'zod'
import { importedImageSchema, type ImportedImage } from '#shared/jobs.ts'
import { AppError } from '#shared/errors.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'
import { afterReplacing, replacePhoto } from '../photos/replaced-photos.ts'
import { rebuildDocumentFrequency } from '../repositories/document-frequencies.ts'
import { refreshImageText } from '../repositories/image-text.ts'
import {
  addFurtherIds,
  addImageRoot,
  addTags,
  findByPath,
  getImage,
  insertImage,
  updateImage,
  type NewImage,
  type StoredImage,
} from '../repositories/images.ts'
import { replaceReferences } from '../repositories/references.ts'

/** Rows of any import; what commits them knows what they are. */
export function stageRows(database: Database, jobId: number, rows: readonly object[]): void {
  const insert = database.prepare('INSERT INTO import_staging (job_id, image) VALUES (?, ?)')
  for (const row of rows) insert.run(jobId, JSON.stringify(row))
}

export function clearStaging(database: Database, jobId: number): void {
  database.prepare('DELETE FROM import_staging WHERE job_id = ?').run(jobId)
}

/** Told while a large batch is written: so many of so many rows. */
export type Written = (done: number, total: number) => void
export const rowsBetweenTelling = 500

export interface ImportOutcome {
  added: number
  updated: number
  /** Of the updated ones: found at another path than before. */
  moved: number
  /** Of the updated ones: another photo under the same name. */
  replaced: number[]
  references: number
}

/**
 * Merges the staged rows of a job into the dataset. Called inside a transaction.
 *
 * An image is known by its path; failing that by its content, where it was moved or renamed: within the same root if its old path is not part
 * of this import, in another root if the job found no file at its old path any more (`gone`: the folder was moved; a copy beside it is another image). Known images
 * keep their captions and reviews, unless another photo lies under their path now (`photos/replaced-photos.ts`); their references are brought up to
 * date. A split is only changed by a split.
 * @throws AppError `too-little-data` without any row
 */
export function commitImport(
  database: Database,
  { jobId, imageRoot, time, written }: { jobId: number; imageRoot: string; time: string; written: Written },
): ImportOutcome {
  const total = countStaged(database, jobId)
  if (total === 0) throw new AppError('too-little-data', 'The import holds no image.', { kept: 'Nothing was changed.' })
  addImageRoot(database, imageRoot)
  const moved = movedImages(database, jobId, imageRoot)
  const outcome: ImportOutcome = { added: 0, updated: 0, moved: 0, replaced: [], references: 0 }
  const touched: number[] = []
  let referencesChanged = false
  for (const row of stagedRows(database, importedImageSchema, jobId)) {
    if (touched.length % rowsBetweenTelling === 0) written(touched.length, total)
    const image: NewImage = { ...row, root: imageRoot }
    const known = findByPath(database, row.path) ?? moved(row)
    if (known && replacePhoto(database, { ...row, imageId: known.id }, time)) outcome.replaced.push(known.id)
    if (known) updateImage(database, known.id, merged(known, image))
    const imageId = known ? known.id : insertImage(database, image, time)
    if (known) outcome.updated += 1
    else outcome.added += 1
    if (known && known.path !== row.path) outcome.moved += 1
    outcome.references += row.references.length
    if (row.tags) addTags(database, imageId, row.tags)
    if (row.furtherIds) addFurtherIds(database, imageId, row.furtherIds)
    if (replaceReferences(database, imageId, row.references)) referencesChanged = true
    touched.push(imageId)
  }
  afterReplacing(database, outcome.replaced)
  refreshImageText(database, touched)
  if (referencesChanged) rebuildDocumentFrequency(database, time)
  clearStaging(database, jobId)
  database.exec('DROP TABLE temp.moved_image')
  return outcome
}

export function countStaged(database: Database, jobId: number): number {
  return database.prepare<[number], number>('SELECT count(*) FROM import_staging WHERE job_id = ?').pluck().get(jobId) ?? 0
}

/** Some at a time: other statements run between them, and no more are in memory. */
export function* stagedRows<Schema extends z.ZodType>(database: Database, schema: Schema, jobId: number): Generator<z.infer<Schema>> {
  const page = database.prepare<[number, number], { id: number; image: string }>(
    'SELECT id, image FROM import_staging WHERE job_id = ? AND id > ? ORDER BY id LIMIT 500',
  )
  for (let rows = page.all(jobId, 0); rows.length > 0; rows = page.all(jobId, rows[rows.length - 1].id))
    for (const { image } of rows) yield storedJson(schema, image)
}

/**
 * Finds the image that a staged photo was before it was moved; each is found once. Candidates are put together beforehand: however many copies of a content
 * there are, a photo is compared with none of them one by one.
 */
function movedImages(database: Database, jobId: number, imageRoot: string): (row: ImportedImage) => StoredImage | undefined {
  database.exec(
    `DROP TABLE IF EXISTS temp.moved_image;
     CREATE TEMP TABLE moved_image (id INTEGER PRIMARY KEY, hash TEXT NOT NULL, name TEXT NOT NULL, elsewhere INTEGER NOT NULL)`,
  )
  database
    .prepare(
      `WITH staged AS NOT MATERIALIZED (SELECT image FROM import_staging WHERE job_id = @jobId AND EXISTS (SELECT 1 FROM image))
       INSERT OR IGNORE INTO moved_image SELECT id, content_hash, file_name, root <> @imageRoot
       FROM (SELECT DISTINCT json_extract(staged.image, '$.contentHash') AS hash FROM staged) CROSS JOIN image ON content_hash = hash
       WHERE path NOT IN (SELECT json_extract(image, '$.path') FROM staged)
         AND (root = @imageRoot OR id IN (SELECT value FROM staged, json_each(staged.image, '$.gone')))`,
    )
    .run({ jobId, imageRoot })
  database.exec('CREATE INDEX temp.moved_by_name ON moved_image (hash, name, id); CREATE INDEX temp.moved_by_place ON moved_image (hash, elsewhere, id)')
  const ofName = database.prepare<[string, string], number>('SELECT id FROM moved_image WHERE hash = ? AND name = ? ORDER BY id LIMIT 1').pluck()
  const first = database.prepare<[string], number>('SELECT id FROM moved_image WHERE hash = ? ORDER BY elsewhere, id LIMIT 1').pluck()
  const taken = database.prepare<[number]>('DELETE FROM moved_image WHERE id = ?')
  return ({ contentHash, fileName }) => {
    // Of several copies the one of the same name, of the same folder.
    const id = ofName.get(contentHash, fileName) ?? first.get(contentHash)
    if (id === undefined) return undefined
    taken.run(id)
    return getImage(database, id)
  }
}

function merged(known: StoredImage, image: NewImage): NewImage {
  return { ...image, sourceId: image.sourceId ?? known.sourceId, split: image.split === 'none' ? known.split : image.split }
}
