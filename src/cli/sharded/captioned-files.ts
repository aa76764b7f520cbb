/** What `caption` writes, and `merge` from its shards: COCO results and a listing beside them, and the same as a Parquet table where it was asked for. */
import { extname } from 'node:path'
import { z } from 'zod'
import { jsonList } from '#engine/datasets/writers/json-rows.ts'
import { parquetIds, parquetTable } from '#engine/datasets/writers/tables.ts'
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

export async function writeCaptionedFiles({ results, parquet, rules }: CaptionedFiles, captioned: readonly Captioned[]): Promise<void> {
  await writeOutput(results, pieces(resultsText(captioned)), rules)
  await writeOutput(listingOf(results), pieces(listingText(captioned)), rules)
  if (parquet) await writeOutput(tableOf(results), table(captioned), rules)
}

function table(captioned: readonly Captioned[]): Uint8Array {
  const ids = captioned.map(({ id }) => id)
  return parquetTable([
    parquetIds(ids),
    { name: 'file_name', type: 'STRING', data: captioned.map(({ name }) => name) },
    { name: 'caption', type: 'STRING', data: captioned.map(({ text }) => text) },
    { name: 'log_probability', type: 'DOUBLE', data: captioned.map(({ logProbability }) => logProbability) },
  ])
}

function* resultsText(captioned: readonly Captioned[]): Generator<string> {
  yield* jsonList(captioned.map(({ id, name, text }) => ({ image_id: id, caption: text, file_name: name })))
  yield '\n'
}

function* listingText(captioned: readonly Captioned[]): Generator<string> {
  for (const { id, name, text, logProbability } of captioned) yield `${id}\t${name}\t${logProbability.toFixed(2)}\t${text}\n`
}

const pieceLength = 1 << 20

/** Millions of captions are longer than one string may be. */
async function* pieces(texts: Iterable<string>): AsyncGenerator<string> {
  let piece = ''
  for (const text of texts) {
    piece += text
    if (piece.length < pieceLength) continue
    yield await Promise.resolve(piece)
    piece = ''
  }
  yield piece
}
