/**
 * Parquet tables by the names of their columns, as Hugging Face's data sets come in, with or without their photos in a column of bytes: those are named by
 * the file and their row, `train.parquet/17/dog.jpg`, and read in place. Read in pieces: a file of gigabytes is never held.
 */
import { basename } from 'node:path'
import { AppError } from '#shared/errors.ts'
import { openParquet, parquetRows, photoColumn, type ParquetFile } from '#engine/files/packed/parquet-file.ts'
import { photoMember } from '#engine/files/packed/parquet-photos.ts'
import { chosenColumns, rowItems, splitOf } from '../columns.ts'
import type { DatasetFormat, DatasetReading } from '../format.ts'
import { shardFiles, type ShardFile } from '../packed-files.ts'
import { purposes, unusable } from '../purpose.ts'
import type { DatasetItem } from '../record.ts'

const rowsBetweenTelling = 2000

async function opened(file: string, { purpose }: Pick<DatasetReading, 'purpose'>): Promise<ParquetFile> {
  try {
    return await openParquet(file)
  } catch (cause) {
    throw unusable(basename(file), `it is no whole Parquet file: ${cause instanceof Error ? cause.message : String(cause)}`, purpose, cause)
  }
}

async function* read(file: string, reading: DatasetReading): AsyncGenerator<DatasetItem> {
  const shards = await shardFiles(file, '.parquet')
  for (const [index, shard] of shards.entries())
    yield* readOne(shard, { ...reading, onProgress: (done, total) => reading.onProgress?.(index + done / total, shards.length) }, shards.length > 1)
}

async function* readOne({ path, name }: ShardFile, reading: DatasetReading, several: boolean): AsyncGenerator<DatasetItem> {
  const { purpose, signal, onProgress } = reading
  const table = await opened(path, reading)
  const split = splitOf(/^(train|validation|valid|val|dev|test)(?=[-_.])/i.exec(basename(path))?.[1] ?? null)
  try {
    const own = photoColumn(table.metadata)
    const columns = chosenColumns(table.names, reading.columns ?? {}, name, purpose, own)
    const photos = own !== null && columns.photo === own
    for await (const { first, rows } of parquetRows(table, table.names)) {
      for (const [index, values] of rows.entries()) {
        const row = first + index
        if (row % rowsBetweenTelling === 0) {
          if (signal?.aborted) throw new AppError('cancelled', 'Reading was cancelled.', { kept: purpose.kept })
          onProgress?.(row, table.rows)
        }
        const named = photos ? { ...values, [own]: `${name}/${photoMember(row, values[own])}` } : values
        for (const item of rowItems(plain(named), columns, `${several ? `${name}, ` : ''}row ${row + 1}`))
          yield photos && item.kind === 'photo' ? { ...item, split: item.split ?? split } : item
      }
      onProgress?.(first + rows.length, table.rows)
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw unusable(name, `its rows cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, purpose, cause)
  } finally {
    await table.close()
  }
}

/** Whole numbers come as BigInt. */
function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value instanceof Date ? value.toISOString() : value]),
  )
}

/** Of a folder the first file tells. */
async function looked<Result>(path: string, none: Result, look: (table: ParquetFile) => Result): Promise<Result> {
  const [shard] = await shardFiles(path, '.parquet')
  if (shard === undefined) return none
  const table = await opened(shard.path, { purpose: purposes.import })
  try {
    return look(table)
  } finally {
    await table.close()
  }
}

export const parquet: DatasetFormat = {
  id: 'parquet',
  title: 'Parquet with named columns',
  extensions: ['.parquet'],
  binary: true,
  columnNames: ({ path }) => looked(path, [], ({ names }) => names),
  holdsPhotos: (path) => looked(path, false, ({ metadata }) => photoColumn(metadata) !== null),
  looksLike: ({ text }) => text.startsWith('PAR1'),
  looksLikeFolder: (folder) => looked(folder, false, ({ metadata }) => photoColumn(metadata) !== null),
  read,
}
