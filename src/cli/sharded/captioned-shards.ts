/** The shards of `caption`, merged: what one machine would have written. */
import type { MergedShards } from '#engine/shards/merge-shards.ts'
import { AppError } from '#shared/errors.ts'
import { firstIssue } from '#shared/json.ts'
import { captionedSchema, requireCaptionedFiles, writeCaptionedFiles, type CaptionedFiles } from './captioned-files.ts'

/** Says what was written; photos that were left out are named on standard error, and the exit code tells. */
export async function mergeCaptions({ rows }: MergedShards, { shards, ...files }: CaptionedFiles & { shards: number }): Promise<string> {
  requireCaptionedFiles(files)
  const captioned = rows.flatMap((row) => {
    if (!('made' in row)) return []
    const made = captionedSchema.safeParse(row.made)
    if (made.success) return made.data
    throw new AppError('corrupt', `The row of photo ${row.place + 1} is no caption: ${firstIssue(made.error)}.`, {
      kept: 'Nothing was merged.',
      todo: 'Run the shard that holds it again: remove its file first.',
    })
  })
  if (captioned.length > 0) await writeCaptionedFiles(files, captioned)
  const left = leftOut(rows)
  return `${captioned.length} captions of ${shards} shards${left}: ${captioned.length > 0 ? files.results : 'nothing is written'}`
}

/** Names the photos that failed on standard error, and how many they were. */
export function leftOut(rows: MergedShards['rows']): string {
  const failed = rows.flatMap((row) => ('failed' in row ? [row] : []))
  for (const { place, failed: reason } of failed) process.stderr.write(`left out photo ${place + 1}: ${reason}\n`)
  if (failed.length === 0) return ''
  process.exitCode = 1
  return `, ${failed.length} left out`
}
