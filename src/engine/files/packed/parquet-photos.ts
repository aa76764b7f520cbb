/** The photos of a Parquet file, by row: `17/dog.jpg` is the photo of the row 17 (from 0 on), whatever it is called. */
import { basename } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { AppError, toReport } from '#shared/errors.ts'
import { openParquet, parquetRows, photoColumn, type ParquetFile } from './parquet-file.ts'

/** Bytes of photos of one row group that are kept: the next photo is mostly of the same one. */
const mostKept = 192e6
const mostRead = 1e9

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
let kept: Kept | undefined

/** The bytes of a row's photo; null where the file has no such row or no photo in it. @throws AppError `corrupt`, `bad-input` for a group that is too large */
export async function readParquetPhoto(path: string, member: string, version: string): Promise<Uint8Array | null> {
  const row = Number(/^(\d{1,9})(?:[./]|$)/.exec(member)?.[1] ?? NaN)
  if (!Number.isSafeInteger(row)) return null
  const isKept = (known: Kept | undefined): known is Kept =>
    known?.path === path && known.version === version && row >= known.first && row < known.first + known.rows
  if (isKept(kept)) return (await kept.photos)[row - kept.first] ?? null
  return reading(path, async (file) => {
    const column = photoColumn(file.metadata)
    const group = groupOf(file, row)
    if (column === null || group === null) return null
    const size = group.chunks.reduce((sum, { path: chunk, bytes }) => (chunk === column ? sum + bytes : sum), 0)
    if (size > mostRead)
      throw new AppError('bad-input', `${basename(path)} holds more than ${mostRead / 1e9} GB of photos in one piece.`, {
        todo: 'Import it again and have its photos unpacked into a folder.',
      })
    if (size > mostKept) return (await photosOf(file, column, row, 1))[0] ?? null
    // Photos are asked for side by side: the first to come reads for all.
    if (!isKept(kept)) {
      const { first, rows } = group
      const reads: Kept = { path, version, first, rows, photos: photosOf(file, column, first, rows) }
      kept = reads
      reads.photos.catch(() => {
        if (kept === reads) kept = undefined
      })
    }
    const { first, photos } = kept
    return (await photos)[row - first] ?? null
  })
}

async function photosOf({ buffer, metadata }: ParquetFile, column: string, first: number, count: number): Promise<(Uint8Array | null)[]> {
  const rows = await parquetReadObjects({
    file: buffer,
    metadata,
    columns: [column],
    rowStart: first,
    rowEnd: first + count,
    utf8: false,
    useOffsetIndex: true,
  })
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

interface Group {
  first: number
  rows: number
  chunks: { path: string; bytes: number }[]
}

function groupOf({ metadata }: ParquetFile, row: number): Group | null {
  let first = 0
  for (const { num_rows: count, columns } of metadata.row_groups) {
    const rows = Number(count)
    if (row < first + rows) {
      const chunks = columns.flatMap(({ meta_data: meta }) =>
        meta === undefined ? [] : [{ path: meta.path_in_schema[0], bytes: Number(meta.total_uncompressed_size) }],
      )
      return { first, rows, chunks }
    }
    first += rows
  }
  return null
}

function bytesOf(value: unknown): Uint8Array | null {
  const bytes = typeof value === 'object' && value !== null && 'bytes' in value ? value.bytes : value
  return bytes instanceof Uint8Array ? bytes : null
}
