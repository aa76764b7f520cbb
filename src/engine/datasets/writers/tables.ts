/** Tables with a row a caption: CSV, JSON Lines, Parquet. */
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer'
import type { ImageId } from '#shared/domain.ts'
import { quotedCell, safeCell } from '#shared/tables/spreadsheet-cell.ts'
import { captionRows, cellText } from './rows.ts'
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
    for (const row of captionRows(photos, writing)) yield `${JSON.stringify(row)}\n`
  },
}

/** Columns are of one type each: an id is a word unless all are whole numbers. */
export const parquetWriter: DatasetWriter = {
  kind: 'file',
  *pieces(photos, writing) {
    const rows = [...captionRows(photos, writing)]
    const columns = Object.keys(rows[0] ?? {}).map((name): ColumnSource => {
      if (name === 'image_id') return parquetIds(rows.map((row) => row.image_id))
      if (name === 'rating') return { name, type: 'INT32' as const, nullable: true, data: rows.map((row) => row['rating']) }
      return { name, type: 'STRING' as const, data: rows.map((row) => cellText(row[name])) }
    })
    yield parquetTable(columns, writing.description)
  },
}

/** A whole Parquet file of one table. */
export function parquetTable(columnData: ColumnSource[], description?: string): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData, ...(description !== undefined && { kvMetadata: [{ key: 'description', value: description }] }) }))
}

/** Ids of images as a column: words unless all are whole numbers. */
export function parquetIds(ids: readonly ImageId[]): ColumnSource {
  const name = 'image_id'
  if (ids.every((id) => typeof id === 'number')) return { name, type: 'INT64', data: ids.map((id) => BigInt(id)) }
  return { name, type: 'STRING', data: ids.map(String) }
}
