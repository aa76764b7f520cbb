import type { Command } from 'commander'
import type { Merging } from '#engine/shards/merge-shards.ts'
import { action } from '../../action.ts'

interface MergeOptions {
  out: string
  perImage?: string
  parquet: boolean
  replace: boolean
}

/** `capstan merge`: the shards of one work become what one machine would have written. */
export function registerMerge(program: Command): void {
  program
    .command('merge')
    .description('check that shards are of one work and that none lacks, and write what one machine would have written')
    .argument('<shards...>', 'the files that --shard wrote')
    .requiredOption(
      '--out <file>',
      'of caption: COCO results JSON, the listing goes beside it as .txt; of score and judge: what --json writes; of clip-score: what --per-image writes; of encode: the feature cache’s folder',
    )
    .option('--per-image <file>', 'of score: one JSON line an image')
    .option('--parquet', 'of caption: also a Parquet table beside the results', false)
    .option('--replace', 'overwrite files that are there already', false)
    .action(action('Nothing was merged.', merge))
}

async function merge(signal: AbortSignal, shards: string[], options: MergeOptions): Promise<void> {
  const { progressBar } = await import('../../progress.ts')
  const { keepHeapSmall } = await import('#engine/jobs/small-heap.ts')
  keepHeapSmall()
  const bar = progressBar('merging')
  try {
    await mergeInto(shards, options, { signal, onProgress: (done, total) => bar.update(done, total) })
  } finally {
    bar.stop()
  }
}

async function mergeInto(shards: string[], { out, perImage, parquet, replace }: MergeOptions, merging: Merging & { signal: AbortSignal }): Promise<void> {
  const { AppError } = await import('#shared/errors.ts')
  const { mergeShards } = await import('#engine/shards/merge-shards.ts')
  const rules = { inputs: shards, replace }
  const merged = await mergeShards(shards, merging)
  const { work } = merged.header
  if (perImage !== undefined && work !== 'score')
    throw new AppError('bad-input', `Shards of “${work}” hold no scores of images.`, { kept: 'Nothing was merged.', todo: 'Leave --per-image out.' })
  if (parquet && work !== 'caption')
    throw new AppError('bad-input', `What “${work}” makes is written as it is, not as Parquet.`, { kept: 'Nothing was merged.', todo: 'Leave --parquet out.' })
  switch (work) {
    case 'caption': {
      const { mergeCaptions } = await import('../../sharded/captioned-shards.ts')
      console.log(await mergeCaptions(merged, { shards: shards.length, results: out, parquet, rules }))
      return
    }
    case 'encode': {
      const { mergeFeatures } = await import('../../sharded/encoded-shards.ts')
      console.log(await mergeFeatures(merged, { files: shards, folder: out }))
      return
    }
    case 'judge': {
      const { mergeJudgements } = await import('../../sharded/judged-shards.ts')
      await mergeJudgements(merged, { json: out, rules, signal: merging.signal })
      return
    }
    case 'clip-score': {
      const { mergeClipScores } = await import('../../sharded/clip-scored-shards.ts')
      await mergeClipScores(merged, { out, rules })
      return
    }
    case 'score': {
      const { mergeScores } = await import('../../sharded/scored-shards.ts')
      await mergeScores(merged, { json: out, perImage, rules })
      return
    }
    default:
      throw new AppError('newer-version', `These are shards of “${work}”, which this Capstan cannot merge.`, { todo: 'Update Capstan.' })
  }
}
