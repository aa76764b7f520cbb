/** Export: texts of a workspace, in any format of the table of writers, written whole or not at all, and recorded. */
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { countOf } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { exportFormat, exportFormatTitles } from '#shared/exchange.ts'
import type { JobFunction } from '#shared/jobs.ts'
import { pathInside } from '#engine/datasets/photo-paths.ts'
import { writers } from '#engine/datasets/writers.ts'
import type { FolderEntry, Piece, Writing } from '#engine/datasets/writers/writer.ts'
import { requireOutput } from '#engine/files/output-place.ts'
import { textPieces } from '#engine/files/text-pieces.ts'
import { placeFolder, writeWhole } from '#engine/files/write-whole.ts'
import { exportedPhotos } from '../workspace/export/exported-photos.ts'
import { readImportedPhoto } from '#engine/library-captioning/photo-files.ts'
import { findByPath, imageRoots } from '../workspace/repositories/images.ts'
import { withReader } from './job-reader.ts'
import { keepHeapSmall } from './small-heap.ts'

/** Pieces are put together to this many characters: thousands of small writes take longer than few large ones. */
const pieceSize = 256 * 1024
/** Between two looks at whether the export was cancelled. */
const entriesAtOnce = 64

export const exportJob: JobFunction<'export'> = ({ kind: _, ...settings }, context) => {
  keepHeapSmall()
  return withReader(context, async (database) => {
    database.exec('BEGIN') // photos are read while they are written: all as they are now
    const { photos, count, captions, ids, root } = exportedPhotos(database, settings)
    const file = requireOutput(settings.file, { imageRoots: imageRoots(database), replace: settings.replace })
    const format = exportFormat(settings)
    const writer = writers[format]
    const { signal, progress } = context
    const hash = createHash('sha256')
    const photo = (path: string): Promise<Uint8Array> => {
      const image = findByPath(database, path)
      if (image === undefined) throw new AppError('not-found', `${path} is no photo of this workspace.`, { kept: 'No file was written.' })
      return readImportedPhoto(context, image)
    }
    const work: Work = { signal, hash, tell: (done: number) => progress({ done, total: captions, unit: 'captions', message: 'Writing' }), photo, rows: 0 }
    const writing: Writing = {
      details: settings.details.filter((detail) => exportFormatTitles[format].details.includes(detail)),
      description: describes[settings.what],
      onRows: (rows) => (work.rows = rows),
    }
    if (writer.kind === 'file') await writeWhole(file, joined(writer.pieces(photos, writing), work))
    else await placeFolder(file, (partial) => writeEntries(partial, writer.entries(photos, writing), work), { replace: false })
    await context.emit({ kind: 'exported', settings: { ...settings, file }, photos: count, captions, contentHash: hash.digest('hex') })
    const names = root === null || writer.kind === 'folder' ? '' : `; file names are below ${root}`
    context.progress({ done: captions, total: captions, unit: 'captions', message: `Wrote ${countOf(captions, 'caption')} to ${file}; ${saidOf[ids]}${names}` })
    return { file, captions }
  })
}

const describes = {
  candidates: 'Candidates of a captioner, by Capstan',
  reviewed: 'Captions reviewed with Capstan',
  corrections: 'Captions corrected with Capstan',
  references: 'References of a Capstan workspace',
} as const

const saidOf = {
  source: 'image ids are those of the imported captions file',
  workspace: 'image ids are this workspace’s own numbers, file_name says which photo each is',
} as const

interface Work {
  signal: AbortSignal
  hash: ReturnType<typeof createHash>
  tell(done: number): void
  /** Told by formats whose pieces are many rows. */
  rows: number
  /** The bytes of a photo of the workspace. */
  photo(path: string): Promise<Uint8Array>
}

async function* joined(pieces: Iterable<Piece> | AsyncIterable<Piece>, work: Work): AsyncGenerator<Piece> {
  const { signal, hash, tell } = work
  let text = ''
  let done = 0
  const flushed = (piece: Piece): Piece => {
    throwIfCancelled(signal)
    hash.update(piece)
    tell(Math.max(done, work.rows))
    return piece
  }
  for await (const piece of pieces) {
    done += 1
    if (typeof piece === 'string') text += piece
    if (text.length >= pieceSize || typeof piece !== 'string') {
      if (text !== '') yield flushed(text)
      text = ''
    }
    if (typeof piece !== 'string') yield flushed(piece)
  }
  if (text !== '') yield flushed(text)
}

async function writeEntries(folder: string, entries: Iterable<FolderEntry>, { signal, hash, tell, photo }: Work): Promise<void> {
  let done = 0
  for (const entry of entries) {
    if (done % entriesAtOnce === 0) {
      throwIfCancelled(signal)
      tell(done)
    }
    done += 1
    const place = pathInside(folder, entry.path)
    if (place === null) throw new AppError('bad-input', `“${entry.path}” leads out of the folder.`, { kept: 'No file was written.' })
    await mkdir(dirname(place), { recursive: true })
    if ('text' in entry) {
      hash.update(`${entry.path}\n`)
      await writeFile(place, textPieces(hashed(entry.text, hash)), { flag: 'wx' })
    } else await writeFile(place, await photo(entry.copy), { flag: 'wx' })
  }
}

function* hashed(texts: Iterable<string>, hash: Work['hash']): Generator<string> {
  for (const text of texts) {
    hash.update(text)
    yield text
  }
}

function throwIfCancelled(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled', 'The export was cancelled.', { kept: 'No file was written.' })
}
