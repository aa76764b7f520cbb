/** What `caption` writes, and `merge` from its shards: COCO results and a listing beside them, and the same as a Parquet table where it was asked for. */
import { extname } from 'node:path'
import { z } from 'zod'
import type { ColumnSource } from 'hyparquet-writer'
import { inAsyncBatches } from '#engine/datasets/in-batches.ts'
import { asyncJsonList } from '#engine/datasets/writers/json-rows.ts'
import { parquetIds, parquetPieces, rowsPerGroup } from '#engine/datasets/writers/tables.ts'
import { textPieces } from '#engine/files/text-pieces.ts'
import { requireOutputs, writeOutput, type OutputRules } from '#engine/files/output-place.ts'

export const captionedSchema = z.strictObject({ id: z.union([z.int(), z.string()]), name: z.string(), text: z.string(), logProbability: z.number() })
/** A photo's best caption; its name is told from every other's. */
export type Captioned = z.infer<typeof captionedSchema>

export interface CaptionedFiles {
  /** The COCO results. */
  results: string
  /** Also a Parquet table beside them. */
  parquet: boolean
  rules: OutputRules
}

const beside = (results: string, extension: string): string => `${results.slice(0, results.length - extname(results).length)}.${extension}`
const listingOf = (results: string): string => beside(results, 'txt')
const tableOf = (results: string): string => beside(results, 'parquet')

/** @throws AppError as `requireOutputs` */
export function requireCaptionedFiles({ results, parquet, rules }: CaptionedFiles): void {
  requireOutputs([results, listingOf(results), ...(parquet ? [tableOf(results)] : [])], rules)
}

/** `captioned` is gone through once for each file; `wholeIds`: all ids are numbers. */
export async function writeCaptionedFiles(
  { results, parquet, rules }: CaptionedFiles,
  captioned: () => Iterable<Captioned> | AsyncIterable<Captioned>,
  wholeIds: boolean,
): Promise<void> {
  await writeOutput(results, textPieces(resultsText(captioned())), rules)
  await writeOutput(listingOf(results), textPieces(listingText(captioned())), rules)
  if (parquet) await writeOutput(tableOf(results), parquetPieces(columnsOf(captioned(), wholeIds)), rules)
}

async function* columnsOf(captioned: Iterable<Captioned> | AsyncIterable<Captioned>, wholeIds: boolean): AsyncGenerator<ColumnSource[]> {
  for await (const some of inAsyncBatches(captioned, rowsPerGroup))
    yield [
      parquetIds(
        some.map(({ id }) => id),
        wholeIds,
      ),
      { name: 'file_name', type: 'STRING', data: some.map(({ name }) => name) },
      { name: 'caption', type: 'STRING', data: some.map(({ text }) => text) },
      { name: 'log_probability', type: 'DOUBLE', data: some.map(({ logProbability }) => logProbability) },
    ]
}

async function* resultsText(captioned: Iterable<Captioned> | AsyncIterable<Captioned>): AsyncGenerator<string> {
  yield* asyncJsonList(resultsOf(captioned))
  yield '\n'
}

async function* resultsOf(captioned: Iterable<Captioned> | AsyncIterable<Captioned>): AsyncGenerator<object> {
  for await (const { id, name, text } of captioned) yield { image_id: id, caption: text, file_name: name }
}

async function* listingText(captioned: Iterable<Captioned> | AsyncIterable<Captioned>): AsyncGenerator<string> {
  for await (const { id, name, text, logProbability } of captioned) yield `${id}\t${name}\t${logProbability.toFixed(2)}\t${text}\n`
}
