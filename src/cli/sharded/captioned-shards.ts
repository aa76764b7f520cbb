/** The shards of `caption`, merged: what one machine would have written. */
import { z } from 'zod'
import type { OutputRules } from '#engine/files/output-place.ts'
import type { MergedShards } from '#engine/shards/merge-shards.ts'
import { AppError } from '#shared/errors.ts'
import { captionedSchema, requireCaptionedFiles, writeCaptionedFiles } from './captioned-files.ts'

/** Says what was written; photos that were left out are named on standard error, and the exit code tells. */
export async function mergeCaptions({ rows }: MergedShards, { shards, out, rules }: { shards: number; out: string; rules: OutputRules }): Promise<string> {
  requireCaptionedFiles(out, rules)
  const made = z.array(captionedSchema).safeParse(rows.flatMap((row) => ('made' in row ? [row.made] : [])))
  if (!made.success)
    throw new AppError('corrupt', 'The shards’ rows are not what caption writes.', { kept: 'Nothing was merged.', todo: 'Run the shards again.' })
  const captioned = made.data
  if (captioned.length > 0) await writeCaptionedFiles(out, captioned, rules)
  const left = leftOut(rows)
  return `${captioned.length} captions of ${shards} shards${left}: ${captioned.length > 0 ? out : 'nothing is written'}`
}

/** Names the photos that failed on standard error, and how many they were. */
export function leftOut(rows: MergedShards['rows']): string {
  const failed = rows.flatMap((row) => ('failed' in row ? [row] : []))
  for (const { place, failed: reason } of failed) process.stderr.write(`left out photo ${place + 1}: ${reason}\n`)
  if (failed.length === 0) return ''
  process.exitCode = 1
  return `, ${failed.length} left out`
}
