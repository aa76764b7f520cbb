/** Stored document-frequency tables. A table never changes: other content has another id. */
import { gunzipSync, gzipSync } from 'node:zlib'
import { AppError } from '#shared/errors.ts'
import { buildDocumentFrequency, parseDocumentFrequency, serializeDocumentFrequency, type DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { Database } from '../storage/database.ts'
import { scoringTokenizer, scoringTokens } from '../scores/tokens.ts'
import { readProperty, writeProperty } from './properties.ts'

/** Stores a table and returns its number; a table that is there already is left alone. */
export function storeDocumentFrequency(database: Database, table: DocumentFrequency, time: string): number {
  const known = database.prepare<[string], number>('SELECT number FROM document_frequency WHERE id = ?').pluck().get(table.id)
  if (known !== undefined) return known
  const { lastInsertRowid } = database
    .prepare('INSERT INTO document_frequency (id, images, tokenizer, content, created_at) VALUES (?, ?, ?, ?, ?)')
    .run(table.id, table.images, table.tokenizer, gzipSync(serializeDocumentFrequency(table)), time)
  return Number(lastInsertRowid)
}

/** The number of a stored table. @throws AppError `not-found` */
export function documentFrequencyNumber(database: Database, id: string): number {
  const number = database.prepare<[string], number>('SELECT number FROM document_frequency WHERE id = ?').pluck().get(id)
  if (number === undefined) throw new AppError('not-found', `The workspace does not hold the document-frequency table ${id}.`, { kept: 'Nothing was changed.' })
  return number
}

/** @throws AppError `not-found` */
export function loadStoredDocumentFrequency(database: Database, id: string): DocumentFrequency {
  const content = database.prepare<[string], Buffer>('SELECT content FROM document_frequency WHERE id = ?').pluck().get(id)
  if (content === undefined) throw new AppError('not-found', `The workspace does not hold the document-frequency table ${id}.`)
  return parseDocumentFrequency(gunzipSync(content).toString('utf8'), `The stored table ${id}`)
}

/**
 * The table in force for words of a tokenizer: one from a file, else of the workspace's own references, else the one that came with the given
 * model. Null where none was counted over such words: a table of another tokenizer is never used.
 */
export function currentDocumentFrequencyId(database: Database, modelId: string | null, tokenizer: string = scoringTokenizer): string | null {
  const own = readProperty(database, 'document_frequency_id') ?? null
  const imported = readProperty(database, 'imported_document_frequency_id') ?? null
  const found = database
    .prepare<{ tokenizer: string; imported: string | null; own: string | null; modelId: string | null }, string>(
      `SELECT id FROM document_frequency WHERE tokenizer = @tokenizer
         AND (id IN (@imported, @own) OR number = (SELECT document_frequency_number FROM model WHERE model.id = @modelId)) ORDER BY id IS NOT @imported, id IS NOT @own LIMIT 1`,
    )
    .pluck()
    .get({ tokenizer, imported, own, modelId })
  return found ?? null
}

/**
 * Where the workspace was scored over words of another tokenizer: counts a table of its own references anew and removes the per-image
 * scores made with other words, so that nothing is ordered or compared across both. Evaluations stay, each naming its table.
 */
export function renewForTokenizer(database: Database, time: string): void {
  if (readProperty(database, 'scoring_tokenizer') === scoringTokenizer) return
  const renew = database.transaction(() => {
    rebuildDocumentFrequency(database, time)
    database.prepare('DELETE FROM score WHERE document_frequency_number IN (SELECT number FROM document_frequency WHERE tokenizer <> ?)').run(scoringTokenizer)
    writeProperty(database, 'scoring_tokenizer', scoringTokenizer)
  })
  renew.immediate()
}

/** The workspace's own table after people edited references: counted anew when it is needed, since counting reads every reference there is. */
export function renewEditedFrequencies(database: Database, time: string): void {
  if (readProperty(database, 'references_edited') !== 'yes') return
  database.transaction(() => rebuildDocumentFrequency(database, time)).immediate()
}

/** Counts the references of the train split (of all images where it has none), stores the table and puts it in force. */
export function rebuildDocumentFrequency(database: Database, time: string): void {
  writeProperty(database, 'references_edited', 'no')
  const where = database.prepare("SELECT 1 FROM image WHERE split = 'train' AND reference_count > 0 LIMIT 1").get() ? "WHERE split = 'train'" : ''
  const rows = database
    .prepare<[], ReferenceRow>(
      `SELECT image.id AS imageId, text FROM image JOIN reference ON reference.image_id = image.id AND standing = 1 ${where} ORDER BY image.id, reference.id`,
    )
    .iterate()
  const captioned = rows.next()
  if (captioned.done === true) return
  const table = buildDocumentFrequency(tokensByImage(captioned.value, rows), scoringTokenizer)
  storeDocumentFrequency(database, table, time)
  writeProperty(database, 'document_frequency_id', table.id)
}

/** The words of each image's references, one image at a time. */
function* tokensByImage(first: ReferenceRow, rest: Iterable<ReferenceRow>): Generator<string[][]> {
  let { imageId } = first
  let captions = [scoringTokens(first.text)]
  for (const row of rest) {
    if (row.imageId !== imageId) {
      yield captions
      captions = []
      imageId = row.imageId
    }
    captions.push(scoringTokens(row.text))
  }
  yield captions
}

interface ReferenceRow {
  imageId: number
  text: string
}
