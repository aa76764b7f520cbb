/** What `caption` writes, and `merge` from its shards: COCO results and a listing beside them. */
import { extname } from 'node:path'
import { z } from 'zod'
import { jsonList } from '#engine/datasets/writers/json-rows.ts'
import { requireOutputs, writeOutput, type OutputRules } from '#engine/files/output-place.ts'

export const captionedSchema = z.strictObject({ id: z.union([z.int(), z.string()]), name: z.string(), text: z.string(), logProbability: z.number() })
/** A photo's best caption; its name is told from every other's. */
export type Captioned = z.infer<typeof captionedSchema>

export function listingOf(results: string): string {
  return `${results.slice(0, results.length - extname(results).length)}.txt`
}

/** @throws AppError as `requireOutputs` */
export function requireCaptionedFiles(results: string, rules: OutputRules): void {
  requireOutputs([results, listingOf(results)], rules)
}

export async function writeCaptionedFiles(results: string, captioned: readonly Captioned[], rules: OutputRules): Promise<void> {
  await writeOutput(results, pieces(resultsText(captioned)), rules)
  await writeOutput(listingOf(results), pieces(listingText(captioned)), rules)
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
