/**
 * Tables as text: CSV (RFC 4180), TSV and Kaggle's `results.csv` of Flickr30k with ` | ` between its columns, by the names in the first line. Kaggle's
 * `captions.txt` of Flickr8k and Hugging Face's `metadata.csv` are such tables. Without names in the first line, columns are told by what is in it.
 */
import { Readable } from 'node:stream'
import { basename } from 'node:path'
import { parse, type CsvError } from 'csv-parse'
import { parse as parseNow } from 'csv-parse/sync'
import { chosenColumns, namesColumns, rowItems } from '../columns.ts'
import type { DatasetFormat, DatasetReading } from '../format.ts'
import { isPhotoName } from '../photo-listing.ts'
import { unusable } from '../purpose.ts'
import type { DatasetItem } from '../record.ts'
import { plainCell } from '#shared/tables/spreadsheet-cell.ts'
import { readPieces } from '../text-file.ts'

type Delimiter = ',' | '\t' | ';' | '|'

/** The delimiter that the first line is cut into most columns by. */
function delimiterOf(firstLine: string): Delimiter {
  const counts = ([',', '\t', ';', '|'] as const).map((delimiter) => ({ delimiter, columns: firstLine.split(delimiter).length }))
  return counts.reduce((most, each) => (each.columns > most.columns ? each : most)).delimiter
}

/** Kaggle's table with bars quotes nothing, its captions hold single quotation marks; neither does a file with tabs and without names. */
function quoteOf(delimiter: Delimiter, firstLine: string): '"' | null {
  return delimiter === '|' || (delimiter === '\t' && namesByContent(firstLine.split(delimiter)) !== null) ? null : '"'
}

/** What stands in the first line, cell by cell. */
function cellsOf(firstLine: string): string[] {
  const delimiter = delimiterOf(firstLine)
  try {
    const [cells] = parseNow(firstLine, { delimiter, quote: quoteOf(delimiter, firstLine), trim: true, relax_quotes: true })
    return cells ?? []
  } catch {
    return firstLine.split(delimiter).map((name) => name.trim())
  }
}

/** The names of the columns, by the first line or by what is in it. */
function headerOf(firstLine: string): string[] {
  const cells = cellsOf(firstLine)
  return namesByContent(cells) ?? cells
}

/**
 * Conceptual Captions (Sharma et al. 2018) and its like begin with a row, not with names: `caption<TAB>address`, and a file's name where the photos were fetched.
 * Null where the line is none of these.
 */
function namesByContent(cells: readonly string[]): string[] | null {
  const isAddress = (cell: string): boolean => /^https?:\/\/\S+$/i.test(cell)
  const isPhoto = (cell: string): boolean => isPhotoName(cell) && !isAddress(cell)
  if (!cells.some((cell) => isAddress(cell) || isPhoto(cell))) return null
  const photo = cells.findIndex(isPhoto)
  const words = cells.map((cell) => (isAddress(cell) || isPhoto(cell) ? 0 : cell.split(/\s+/).length))
  const caption = words.indexOf(Math.max(...words))
  if (words[caption] < 2) return null
  return cells.map((cell, index) =>
    index === photo ? 'photo' : index === caption ? 'caption' : isAddress(cell) ? `address ${index + 1}` : `column ${index + 1}`,
  )
}

const firstLineOf = (text: string): string => text.split(/\r\n|\n|\r/, 1)[0]

async function* read(file: string, reading: DatasetReading): AsyncGenerator<DatasetItem> {
  const name = basename(file)
  const pieces = readPieces(file, reading)
  const first = await pieces.next()
  const start = first.done ? '' : first.value
  const firstLine = firstLineOf(start)
  const delimiter = delimiterOf(firstLine)
  async function* all(): AsyncGenerator<string> {
    yield start
    yield* pieces
  }
  const rows = Readable.from(all()).pipe(
    parse({ delimiter, quote: quoteOf(delimiter, firstLine), trim: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, info: true }),
  )
  let header: string[] | undefined
  let columns = {}
  try {
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      const place = `line ${info.lines}`
      if (header === undefined) {
        const names = namesByContent(record)
        header = names ?? record
        columns = chosenColumns(header, reading.columns ?? {}, `${name}, ${place}`, reading.purpose)
        if (names === null) continue
      }
      const cells = record.length === header.length ? record : mended(record, header.length)
      if (cells === null) {
        yield { kind: 'left-out', place, reason: `The line has ${record.length} columns where there are ${header.length}.` }
        continue
      }
      yield* rowItems(Object.fromEntries(header.map((column, index) => [column, delimiter === '|' ? cells[index] : plainCell(cells[index])])), columns, place)
    }
  } catch (cause) {
    if (!isCsvError(cause)) throw cause
    throw unusable(`${name}, line ${String(cause['lines'])}`, cause.message, reading.purpose, cause)
  } finally {
    rows.destroy()
  }
}

/** Kaggle's results.csv has one line whose last delimiter is missing: `2199200615.jpg| 4   A dog runs across the grass .` */
function mended(cells: readonly string[], wanted: number): string[] | null {
  if (wanted !== 3 || cells.length !== 2) return null
  const match = /^(\d+)\s+(\S.*)$/s.exec(cells[1])
  return match === null ? null : [cells[0], match[1], match[2]]
}

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('CSV_')
}

export const delimited: DatasetFormat = {
  id: 'table',
  title: 'a table (CSV or TSV) with named columns',
  extensions: ['.csv', '.tsv', '.txt'],
  looksLike: ({ text }) => namesColumns(headerOf(firstLineOf(text))),
  tableEnds: ['.csv', '.tsv'],
  columnNames: ({ text }) => headerOf(firstLineOf(text)),
  read,
}
