/** The document-frequency table that a workspace's scores use: which it is, and its way to a file and back. */
import type { DocumentFrequencyStatus } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { loadDocumentFrequency, saveDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { Database } from '../storage/database.ts'
import { currentDocumentFrequencyId, loadStoredDocumentFrequency, storeDocumentFrequency } from '../repositories/document-frequencies.ts'
import { readProperty, writeProperty } from '../repositories/properties.ts'
import { scoringTokenizer } from './tokens.ts'

/** Null before there is any. */
export function frequencyStatus(database: Database, promotedId: string | null): DocumentFrequencyStatus | null {
  const id = currentDocumentFrequencyId(database, promotedId)
  if (id === null) return null
  const images = database.prepare<[string], number>('SELECT images FROM document_frequency WHERE id = ?').pluck().get(id) ?? 0
  const source =
    id === readProperty(database, 'imported_document_frequency_id') ? 'file' : id === readProperty(database, 'document_frequency_id') ? 'workspace' : 'model'
  const over = source === 'workspace' ? countedOver(database, images) : undefined
  return { id, images, source, ...(over === undefined ? {} : { countedOver: over }) }
}

/** The table is counted over the train split where that has references, else over all images: what it says of the workspace as it is now. */
function countedOver(database: Database, images: number): 'train' | 'all' | undefined {
  const withReferences = (where: string): number =>
    database.prepare<[], number>(`SELECT count(*) FROM image WHERE reference_count > 0 ${where}`).pluck().get() ?? 0
  if (images === withReferences('')) return 'all'
  return images === withReferences("AND split = 'train'") ? 'train' : undefined
}

/** Writes the table in force to a file, compressed if its name ends in .gz. @throws AppError `not-found` before there is any */
export async function exportFrequencies(database: Database, promotedId: string | null, file: string): Promise<DocumentFrequencyStatus> {
  const status = frequencyStatus(database, promotedId)
  if (status === null) {
    throw new AppError('not-found', 'There is no document-frequency table yet.', { kept: 'No file was written.', todo: 'Import images with references first.' })
  }
  await saveDocumentFrequency(loadStoredDocumentFrequency(database, status.id), file)
  return status
}

/**
 * Puts the table of a file in force, or with null the workspace's own again. Scores that are there keep naming the table they were made with.
 * @throws AppError as `loadDocumentFrequency`, and `bad-input` for a table over other words
 */
export async function useFrequencies(database: Database, file: string | null, time: string): Promise<void> {
  if (file === null) {
    writeProperty(database, 'imported_document_frequency_id', '')
    return
  }
  const table = await loadDocumentFrequency(file)
  if (table.tokenizer !== scoringTokenizer) {
    throw new AppError('bad-input', `${file} was counted over the words of another tokenizer, “${table.tokenizer}”; scores here use “${scoringTokenizer}”.`, {
      kept: 'The table in force stays.',
      todo: 'Build one with “capstan document-frequency”.',
    })
  }
  database
    .transaction(() => {
      storeDocumentFrequency(database, table, time)
      writeProperty(database, 'imported_document_frequency_id', table.id)
    })
    .immediate()
}
