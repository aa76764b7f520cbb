import type { Command } from 'commander'
import { action } from '../action.ts'

interface MergeOptions {
  out: string
  replace: boolean
}

/** `capstan merge`: the shards of one work become what one machine would have written. */
export function registerMerge(program: Command): void {
  program
    .command('merge')
    .description('check that shards are of one work and that none lacks, and write what one machine would have written')
    .argument('<shards...>', 'the files that --shard wrote')
    .requiredOption('--out <file>', 'COCO results JSON; the listing goes beside it as .txt')
    .option('--replace', 'overwrite files that are there already', false)
    .action(action('Nothing was merged.', merge))
}

async function merge(_signal: AbortSignal, shards: string[], { out, replace }: MergeOptions): Promise<void> {
  const { AppError } = await import('#shared/errors.ts')
  const { mergeShards } = await import('#engine/shards/merge-shards.ts')
  const { captionedSchema, requireCaptionedFiles, writeCaptionedFiles } = await import('../captioned-files.ts')
  const rules = { inputs: shards, replace }
  requireCaptionedFiles(out, rules)
  const { header, rows } = await mergeShards(shards)
  if (header.work !== 'caption')
    throw new AppError('newer-version', `These are shards of “${header.work}”, which this Capstan cannot merge.`, { todo: 'Update Capstan.' })
  const captioned = rows.flatMap((row) => ('made' in row ? captionedSchema.parse(row.made) : []))
  const failed = rows.flatMap((row) => ('failed' in row ? row : []))
  if (captioned.length > 0) await writeCaptionedFiles(out, captioned, rules)
  for (const { place, failed: reason } of failed) process.stderr.write(`left out photo ${place + 1}: ${reason}\n`)
  console.log(
    `${captioned.length} captions of ${shards.length} shards${failed.length > 0 ? `, ${failed.length} left out` : ''}: ${captioned.length > 0 ? out : 'nothing is written'}`,
  )
  if (failed.length > 0) process.exitCode = 1
}
