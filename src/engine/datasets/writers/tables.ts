/** Tables with a row a caption: CSV, JSON Lines, Parquet. */
import { ByteWriter, ParquetWriter, parquetWriteBuffer, schemaFromColumnData, type ColumnSource } from 'hyparquet-writer'
import { inBatches } from '../in-batches.ts'
import type { ImageId } from '#shared/domain.ts'
import { quotedCell, safeCell } from '#shared/tables/spreadsheet-cell.ts'
import { captionRows, cellText, type Row } from './rows.ts'
import { jsonLines } from './json-rows.ts'
import type { DatasetWriter } from './writer.ts'

export const csvWriter: DatasetWriter = {
  kind: 'file',
  *pieces(photos, writing) {
    let header: string[] | undefined
    for (const row of captionRows(photos, writing)) {
      if (header === undefined) {
        header = Object.keys(row)
        yield `${header.join(',')}\n`
      }
      yield `${header.map((key) => quotedCell(typeof row[key] === 'number' ? String(row[key]) : safeCell(cellText(row[key])))).join(',')}\n`
    }
  },
}

export const jsonLinesWriter: DatasetWriter = {
  kind: 'file',
  *pieces(photos, writing) {
    yield* jsonLines(captionRows(photos, writing))
  },
}

/** Rows of a Parquet file that are made and read together. */
export const rowsPerGroup = 10_000

/** Columns are of one type each: an id is a word unless all are whole numbers. A piece is a group of rows. */
export const parquetWriter: DatasetWriter = {
  kind: 'file',
  *pieces(photos, writing) {
    const file = parquetFile(writing.description)
    let wholeIds = true
    for (const { id } of photos) wholeIds &&= typeof id === 'number'
    let written = 0
    for (const rows of inBatches(captionRows(photos, writing), rowsPerGroup)) {
      const piece = file.group(columnsOf(rows, wholeIds))
      written += rows.length
      writing.onRows?.(written)
      yield piece
    }
    yield file.end()
  },
}

/** A Parquet file of groups of rows, each a piece of the file. */
export async function* parquetPieces(groups: AsyncIterable<ColumnSource[]>): AsyncGenerator<Uint8Array> {
  const file = parquetFile()
  for await (const columns of groups) yield file.group(columns)
  yield file.end()
}

/** Gives the file's bytes as they are made, and holds none of them. The first group says what the columns are. */
function parquetFile(description?: string): { group(columns: ColumnSource[]): Uint8Array; end(): Uint8Array } {
  const bytes = new ByteWriter()
  let writer: ParquetWriter | undefined
  const taken = (): Uint8Array => {
    const fresh = bytes.getBytes().slice()
    bytes.index = 0
    return fresh
  }
  return {
    group(columns) {
      writer ??= new ParquetWriter({
        writer: bytes,
        schema: schemaFromColumnData({ columnData: columns }),
        ...(description !== undefined && { kvMetadata: [{ key: 'description', value: description }] }),
      })
      void writer.write({ columnData: columns.map(({ name, data }) => ({ name, data })), rowGroupSize: rowsPerGroup })
      return taken()
    },
    end() {
      if (writer === undefined) return parquetTable([], description)
      void writer.finish()
      return taken()
    },
  }
}

function columnsOf(rows: readonly Row[], wholeIds: boolean): ColumnSource[] {
  return Object.keys(rows[0] ?? {}).map((name): ColumnSource => {
    if (name === 'image_id')
      return parquetIds(
        rows.map((row) => row.image_id),
        wholeIds,
      )
    if (name === 'rating') return { name, type: 'INT32', nullable: true, data: rows.map((row) => row['rating']) }
    return { name, type: 'STRING', data: rows.map((row) => cellText(row[name])) }
  })
}

/** A whole Parquet file of one table. */
export function parquetTable(columnData: ColumnSource[], description?: string): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData, ...(description !== undefined && { kvMetadata: [{ key: 'description', value: description }] }) }))
}

/** Ids of images as a column: words unless all of the table's are whole numbers. */
export function parquetIds(ids: readonly ImageId[], whole = ids.every((id) => typeof id === 'number')): ColumnSource {
  const name = 'image_id'
  return whole ? { name, type: 'INT64', data: ids.map((id) => BigInt(id)) } : { name, type: 'STRING', data: ids.map(String) }
}
