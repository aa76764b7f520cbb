/** Parquet files: opened as regular files only, read in pieces, and which of their columns holds photos. */
import type { FileHandle } from 'node:fs/promises'
import { parquetMetadataAsync, parquetReadObjects, parquetSchema, type AsyncBuffer, type FileMetaData, type SchemaElement, type SchemaTree } from 'hyparquet'
import { AppError } from '#shared/errors.ts'
import { openRegular } from '../regular-file.ts'

export interface ParquetFile {
  buffer: AsyncBuffer
  metadata: FileMetaData
  /** Of the columns, in order. */
  names: string[]
  rows: number
  close(): Promise<void>
}

/** The caller closes it. @throws what the system says, and hyparquet's errors for what is no Parquet file */
export async function openParquet(path: string): Promise<ParquetFile> {
  const { handle, size } = await openRegular(path)
  try {
    const buffer = bufferOf(handle, size)
    const metadata = await parquetMetadataAsync(buffer)
    return { buffer, metadata, names: columnsOf(metadata).map(({ element }) => element.name), rows: Number(metadata.num_rows), close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

function bufferOf(handle: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const length = Math.max(0, Math.min(end, byteLength) - start)
      const bytes = new Uint8Array(length)
      for (let read = 0; read < length;) {
        const { bytesRead } = await handle.read(bytes, read, length - read, start + read)
        if (bytesRead === 0) throw new AppError('corrupt', 'The file ended while it was read.')
        read += bytesRead
      }
      return bytes.buffer
    },
  }
}

function columnsOf(metadata: FileMetaData): SchemaTree[] {
  return parquetSchema(metadata).children
}

/** Whether a column is Hugging Face's `Image`: bytes with the path that they came from. */
const isImage = ({ children }: SchemaTree): boolean => children.some(({ element }) => element.name === 'bytes' && element.type === 'BYTE_ARRAY')
const usualNames = new Set(['image', 'img', 'jpg', 'jpeg', 'png', 'webp', 'photo', 'bytes', 'image_bytes'])

/** The column of photos: a struct with `bytes`, or bytes under a usual name that are no text. Null where there is none. */
export function photoColumn(metadata: FileMetaData): string | null {
  const columns = columnsOf(metadata)
  const bare = ({ element, children }: SchemaTree): boolean =>
    children.length === 0 &&
    element.type === 'BYTE_ARRAY' &&
    element.converted_type === undefined &&
    element.logical_type === undefined &&
    usualNames.has(element.name)
  return (columns.find(isImage) ?? columns.find(bare))?.element.name ?? null
}

/** The same file without the bytes of its photos: names are read without decoding them. */
export function withoutPhotoBytes(metadata: FileMetaData): FileMetaData {
  const column = columnsOf(metadata).find(({ element }) => element.name === photoColumn(metadata))
  if (column === undefined) return metadata
  const kept = column.children.filter(({ element }) => element.name !== 'bytes')
  const whole = kept.length === 0
  const gone = new Set([...(whole ? [column] : []), ...column.children.filter((child) => !kept.includes(child))].map(({ element }) => element))
  const [root] = metadata.schema
  const counted = (element: SchemaElement): SchemaElement => {
    if (element === column.element) return { ...element, num_children: kept.length }
    return element === root && whole ? { ...root, num_children: (root.num_children ?? 1) - 1 } : element
  }
  const read = (path: readonly string[]): boolean => path[0] !== column.element.name || (!whole && path[1] !== 'bytes')
  return {
    ...metadata,
    schema: metadata.schema.filter((element) => !gone.has(element)).map(counted),
    row_groups: metadata.row_groups.map((group) => ({ ...group, columns: group.columns.filter(({ meta_data: meta }) => read(meta?.path_in_schema ?? [])) })),
  }
}

/** Without an index of its pages a row group is decoded from its beginning for every part of it that is read: few large parts. */
const rowsAtOnce = 25_000

/** Rows of the columns asked for, some at a time; photos come without their bytes. */
export async function* parquetRows(
  { buffer, metadata, rows }: ParquetFile,
  columns: string[],
): AsyncGenerator<{ first: number; rows: Record<string, unknown>[] }> {
  const light = withoutPhotoBytes(metadata)
  const there = new Set(columnsOf(light).map(({ element }) => element.name))
  const wanted = columns.filter((name) => there.has(name))
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const rowEnd = Math.min(first + rowsAtOnce, rows)
    if (wanted.length === 0) yield { first, rows: Array.from({ length: rowEnd - first }, () => ({})) }
    else yield { first, rows: await parquetReadObjects({ file: buffer, metadata: light, columns: wanted, rowStart: first, rowEnd, useOffsetIndex: true }) }
  }
}
