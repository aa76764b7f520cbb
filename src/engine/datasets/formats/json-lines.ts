/** JSON Lines: an object a line, by the names of its keys; Hugging Face's `metadata.jsonl` of image folders is one. */
import { basename } from 'node:path'
import { z } from 'zod'
import { chosenColumns, namesColumns, rowItems } from '../columns.ts'
import { jsonLine, parseEntry } from '../entry.ts'
import type { DatasetFormat, DatasetReading, Glimpse } from '../format.ts'
import type { DatasetItem } from '../record.ts'
import { readLines } from '../text-file.ts'
import { parseJson } from '#shared/json.ts'

const rowSchema = z.record(z.string(), z.unknown())

async function* read(file: string, reading: DatasetReading): AsyncGenerator<DatasetItem> {
  for await (const { text, number } of readLines(file, reading)) {
    const place = `line ${number}`
    const row = parseEntry(rowSchema, jsonLine(text, { file, place, purpose: reading.purpose }), { file, place, purpose: reading.purpose })
    const columns = chosenColumns(Object.keys(row), reading.columns ?? {}, `${basename(file)}, ${place}`, reading.purpose)
    yield* rowItems(row, columns, place)
  }
}

/** The keys of the first line; none where it is no object. */
function firstKeys({ text }: Glimpse): string[] {
  const [line] = text.trimStart().split(/\r\n|\n|\r/, 1)
  try {
    const row = rowSchema.safeParse(parseJson(line))
    return row.success ? Object.keys(row.data) : []
  } catch {
    return []
  }
}

export const jsonLines: DatasetFormat = {
  id: 'json-lines',
  title: 'JSON Lines with named keys',
  extensions: ['.jsonl', '.ndjson'],
  tableEnds: ['.jsonl', '.ndjson'],
  columnNames: firstKeys,
  looksLike: (begins) => namesColumns(firstKeys(begins)),
  read,
}
