/** What `caption` writes, and `merge` from its shards: COCO results and a listing beside them. */
import { extname } from 'node:path'
import { z } from 'zod'
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
  const rows = captioned.map(({ id, name, text }) => ({ image_id: id, caption: text, file_name: name }))
  await writeOutput(results, `${JSON.stringify(rows, null, 1)}\n`, rules)
  const lines = captioned.map(({ id, name, text, logProbability }) => `${id}\t${name}\t${logProbability.toFixed(2)}\t${text}\n`)
  await writeOutput(listingOf(results), lines.join(''), rules)
}
