/** The shards of `caption`, merged: what one machine would have written. */
import type { MergedShards } from '#engine/shards/merge-shards.ts'
import { captionedSchema, requireCaptionedFiles, writeCaptionedFiles, type Captioned, type CaptionedFiles } from './captioned-files.ts'
import { leftOut, madeRows } from './merged-rows.ts'

/** Says what was written; photos that were left out are named on standard error, and the exit code tells. */
export async function mergeCaptions(merged: MergedShards, { shards, ...files }: CaptionedFiles & { shards: number }): Promise<string> {
  requireCaptionedFiles(files)
  const captioned = async function* (): AsyncGenerator<Captioned> {
    for await (const { made } of madeRows(merged, { made: captionedSchema, failures: true, otherwise: 'no caption' })) yield made
  }
  let count = 0
  let wholeIds = true
  for await (const { id } of captioned()) {
    count += 1
    wholeIds &&= typeof id === 'number'
  }
  if (count > 0) await writeCaptionedFiles(files, captioned, wholeIds)
  return `${count} captions of ${shards} shards${await leftOut(merged, count)}: ${count > 0 ? files.results : 'nothing is written'}`
}
