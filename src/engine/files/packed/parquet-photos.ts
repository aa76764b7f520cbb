/** The photos of a Parquet file, by row: `17/dog.jpg` is the photo of the row 17 (from 0 on), whatever it is called. */
import { basename } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { AppError, toReport } from '#shared/errors.ts'
import { openParquet, parquetRows, photoColumn, type ParquetFile } from './parquet-file.ts'
import { photoPieces, type PhotoPiece } from './parquet-pieces.ts'

/** Of uncompressed photos that are read at once. */
const mostRead = 1e9
/** The next photo is mostly of the same piece, and photos are asked for side by side: where one ends and the next begins both are wanted. */
const piecesKept = 2

/** The name of a row's photo in its file. */
export function photoMember(row: number, written: unknown): string {
  const path = typeof written === 'object' && written !== null && 'path' in written ? written.path : null
  const name = typeof path === 'string' ? (path.split(/[\\/]/).at(-1) ?? '').replaceAll(/[\0:*?"<>|]/g, '_') : ''
  return /^\.*$/.test(name) ? `${row}.jpg` : `${row}/${name}`
}

/** The names of all photos, in the order of the rows; none of a file without photos. @throws AppError `corrupt` */
export async function listParquetPhotos(path: string): Promise<string[]> {
  return reading(path, async (file) => {
    const column = photoColumn(file.metadata)
    if (column === null) return []
    const names: string[] = []
    for await (const { first, rows } of parquetRows(file, [column])) names.push(...rows.map((row, index) => photoMember(first + index, row[column])))
    return names
  })
}

interface Kept {
  path: string
  /** What the file was when it was read. */
  version: string
  first: number
  rows: number
  photos: Promise<(Uint8Array | null)[]>
}
const kept: Kept[] = []

/** The bytes of a row's photo; null where the file has no such row or no photo in it. @throws AppError `corrupt`, `bad-input` for a piece that is too large */
export async function readParquetPhoto(path: string, member: string, version: string): Promise<Uint8Array | null> {
  const row = Number(/^(\d{1,9})(?:[./]|$)/.exec(member)?.[1] ?? NaN)
  if (!Number.isSafeInteger(row)) return null
  const known = (): Kept | undefined =>
    kept.find((piece) => piece.path === path && piece.version === version && row >= piece.first && row < piece.first + piece.rows)
  const there = known()
  if (there !== undefined) return (await there.photos)[row - there.first] ?? null
  return reading(path, async (file) => {
    const column = photoColumn(file.metadata)
    const group = groupOf(file, row)
    if (column === null || group === null) return null
    const piece = (await photoPieces(file, column, group)).find(({ first, rows }) => row >= first && row < first + rows)
    if (piece === undefined) return null
    if (piece.bytes > mostRead)
      throw new AppError('bad-input', `${basename(path)} holds more than ${mostRead / 1e9} GB of photos in one piece.`, {
        todo: 'Import it again and have its photos unpacked into a folder.',
      })
    // Photos are asked for side by side: the first to come reads for all.
    const { first, photos } = known() ?? keep({ path, version, first: piece.first, rows: piece.rows, photos: photosOf(file, column, piece) })
    return (await photos)[row - first] ?? null
  })
}

function keep(read: Kept): Kept {
  kept.unshift(read)
  kept.splice(piecesKept)
  read.photos.catch(() => {
    const index = kept.indexOf(read)
    if (index !== -1) kept.splice(index, 1)
  })
  return read
}

async function photosOf({ buffer }: ParquetFile, column: string, { metadata }: PhotoPiece): Promise<(Uint8Array | null)[]> {
  const rows = await parquetReadObjects({ file: buffer, metadata, columns: [column], utf8: false })
  return rows.map((values) => bytesOf(values[column]))
}

async function reading<Result>(path: string, work: (file: ParquetFile) => Promise<Result>): Promise<Result> {
  let file: ParquetFile | undefined
  try {
    file = await openParquet(path)
    return await work(file)
  } catch (cause) {
    const { code } = toReport(cause)
    if (cause instanceof AppError || code === 'not-found' || code === 'not-permitted') throw cause
    throw new AppError('corrupt', `${basename(path)} is no whole Parquet file: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      kept: 'Nothing was changed.',
      todo: 'Copy the file again.',
      cause,
    })
  } finally {
    await file?.close()
  }
}

/** The row group that a row is in, by its place, and the group's first row. */
function groupOf({ metadata }: ParquetFile, row: number): { index: number; first: number } | null {
  let first = 0
  for (const [index, { num_rows: count }] of metadata.row_groups.entries()) {
    if (row < first + Number(count)) return { index, first }
    first += Number(count)
  }
  return null
}

function bytesOf(value: unknown): Uint8Array | null {
  const bytes = typeof value === 'object' && value !== null && 'bytes' in value ? value.bytes : value
  return bytes instanceof Uint8Array ? bytes : null
}
