/**
 * A row group's photos in pieces of whole pages: a group may hold hundreds of megabytes, and its photos are wanted one after the other. Few files have an index of
 * their pages, so the pages' own headers are followed.
 */
import { parquetSchema, type ColumnChunk, type ColumnMetaData, type FileMetaData, type PageHeader } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import type { ParquetFile } from './parquet-file.ts'

export interface PhotoPiece {
  /** Of the file's rows. */
  first: number
  rows: number
  /** Uncompressed. */
  bytes: number
  /** The file as if it held nothing but these photos. */
  metadata: FileMetaData
}

/** What a piece holds at most, uncompressed, where its pages are smaller. */
const mostBytes = 32e6
/** Of a page's header; one that is longer (with whole photos as its statistics) has its group read as one. */
const longestHeader = 16_384

interface Page {
  offset: number
  /** With its header, as it lies in the file. */
  size: number
  bytes: number
  rows: number
  /** It needs the dictionary at the group's beginning. */
  worded: boolean
}

/** @throws what the system says */
export async function photoPieces(file: ParquetFile, column: string, group: { index: number; first: number }): Promise<PhotoPiece[]> {
  const { row_groups: groups } = file.metadata
  const { columns, num_rows: rows } = groups[group.index]
  const chunk = columns.find(({ meta_data: meta }) => isPhotoBytes(meta, column))
  if (chunk?.meta_data === undefined) return []
  const pages = await pagesOf(file, chunk.meta_data)
  const whole = pages.reduce((sum, page) => sum + page.rows, 0) === Number(rows) ? pages : [allOf(chunk.meta_data, Number(rows))]
  const runs: Page[] = []
  for (const page of whole) {
    const last = runs.at(-1)
    if (last !== undefined && (page.worded || last.rows === 0 || last.bytes + page.bytes <= mostBytes))
      runs[runs.length - 1] = { ...last, size: last.size + page.size, bytes: last.bytes + page.bytes, rows: last.rows + page.rows }
    else runs.push(page)
  }
  let { first } = group
  return runs.map((run) => {
    const piece = { first, rows: run.rows, bytes: run.bytes, metadata: onlyRun(file.metadata, column, chunk, run) }
    first += run.rows
    return piece
  })
}

function isPhotoBytes(meta: ColumnMetaData | undefined, column: string): boolean {
  const [name, child] = meta?.path_in_schema ?? []
  return name === column && (child === undefined || child === 'bytes')
}

function startOf({ dictionary_page_offset: dictionary, data_page_offset: data }: ColumnMetaData): number {
  return Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data)
}

function allOf(meta: ColumnMetaData, rows: number): Page {
  return { offset: startOf(meta), size: Number(meta.total_compressed_size), bytes: Number(meta.total_uncompressed_size), rows, worded: true }
}

/** The pages by their headers; none where a header cannot be made out. */
async function pagesOf({ buffer }: ParquetFile, meta: ColumnMetaData): Promise<Page[]> {
  const start = startOf(meta)
  const end = start + Number(meta.total_compressed_size)
  const pages: Page[] = []
  for (let offset = start; offset < end;) {
    const reader = { view: new DataView(await buffer.slice(offset, Math.min(offset + longestHeader, end))), offset: 0 }
    const header = headerOf(reader)
    if (header === null) return []
    const size = reader.offset + header.compressed_page_size
    pages.push({ offset, size, bytes: header.uncompressed_page_size, rows: rowsOf(header), worded: isWorded(header) })
    offset += size
  }
  return pages
}

function headerOf(reader: Parameters<typeof parquetHeader>[0]): PageHeader | null {
  try {
    const header = parquetHeader(reader)
    return header.compressed_page_size >= 0 ? header : null
  } catch {
    return null
  }
}

function rowsOf({ data_page_header: first, data_page_header_v2: second }: PageHeader): number {
  return second?.num_rows ?? first?.num_values ?? 0
}

function isWorded({ data_page_header: first, data_page_header_v2: second }: PageHeader): boolean {
  return /DICTIONARY/.test(second?.encoding ?? first?.encoding ?? '')
}

function onlyRun(metadata: FileMetaData, column: string, chunk: ColumnChunk, { offset, size, rows }: Page): FileMetaData {
  const { dictionary_page_offset: _, ...meta } = chunk.meta_data as ColumnMetaData // the caller found it by them
  const { element, children } = parquetSchema(metadata).children.filter((child) => child.element.name === column)[0]
  const bytes = children.filter((child) => child.element.name === 'bytes').map((child) => child.element)
  return {
    ...metadata,
    num_rows: BigInt(rows),
    schema: [{ ...metadata.schema[0], num_children: 1 }, bytes.length === 0 ? element : { ...element, num_children: 1 }, ...bytes],
    row_groups: [
      {
        total_byte_size: BigInt(size),
        num_rows: BigInt(rows),
        columns: [
          {
            file_offset: BigInt(offset),
            meta_data: { ...meta, num_values: BigInt(rows), data_page_offset: BigInt(offset), total_compressed_size: BigInt(size) },
          },
        ],
      },
    ],
  }
}
