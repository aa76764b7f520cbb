/** Parquet tables by the names of their columns, as Hugging Face's data sets come in. Read in pieces: a file of gigabytes is never held. */
import { basename } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema, type AsyncBuffer, type FileMetaData } from 'hyparquet'
import { AppError } from '#shared/errors.ts'
import { chosenColumns, rowItems } from '../columns.ts'
import type { DatasetFormat, DatasetReading } from '../format.ts'
import { purposes, unusable } from '../purpose.ts'
import type { DatasetItem } from '../record.ts'

const rowsAtOnce = 2000

async function opened(file: string, { purpose }: Pick<DatasetReading, 'purpose'>): Promise<{ buffer: AsyncBuffer; metadata: FileMetaData; names: string[] }> {
  try {
    const buffer = await asyncBufferFromFile(file)
    const metadata = await parquetMetadataAsync(buffer)
    return { buffer, metadata, names: parquetSchema(metadata).children.map(({ element }) => element.name) }
  } catch (cause) {
    throw unusable(basename(file), `it is no whole Parquet file: ${cause instanceof Error ? cause.message : String(cause)}`, purpose, cause)
  }
}

async function* read(file: string, reading: DatasetReading): AsyncGenerator<DatasetItem> {
  const { purpose, signal, onProgress } = reading
  const { buffer, metadata, names } = await opened(file, reading)
  const columns = chosenColumns(names, reading.columns ?? {}, basename(file), purpose)
  // Bytes of photos beside the captions are not read here.
  const wanted = names.filter((name) => !['image', 'bytes', 'jpg', 'png'].includes(name) || Object.values(columns).includes(name))
  const total = Number(metadata.num_rows)
  for (let first = 0; first < total; first += rowsAtOnce) {
    if (signal?.aborted) throw new AppError('cancelled', 'Reading was cancelled.', { kept: purpose.kept })
    const rowEnd = Math.min(first + rowsAtOnce, total)
    const rows = await parquetReadObjects({ file: buffer, metadata, columns: wanted, rowStart: first, rowEnd }).catch((cause: unknown) => {
      throw unusable(`${basename(file)}, rows ${first + 1}–${rowEnd}`, `they cannot be read: ${String(cause)}`, purpose, cause)
    })
    for (const [index, row] of rows.entries()) yield* rowItems(plain(row), columns, `row ${first + index + 1}`)
    onProgress?.((buffer.byteLength * rowEnd) / total, buffer.byteLength)
  }
}

/** Whole numbers come as BigInt. */
function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value instanceof Date ? value.toISOString() : value]),
  )
}

export const parquet: DatasetFormat = {
  id: 'parquet',
  title: 'Parquet with named columns',
  extensions: ['.parquet'],
  binary: true,
  columnNames: async ({ path }) => (await opened(path, { purpose: purposes.import })).names,
  looksLike: ({ text }) => text.startsWith('PAR1'),
  read,
}
