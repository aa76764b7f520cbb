import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { AppError } from '#shared/errors.ts'
import { action, saysItself } from '../action.ts'
import type { JudgedSet } from '../reports/judgement.ts'
import { wholeNumber } from '../numbers.ts'

interface JudgeOptions extends JudgedSet {
  json?: string
  shard?: string
  out?: string
  replace: boolean
  encoders: string
  threads: number
}

/** `capstan judge`: captions a captioned set with a model and writes what came of it into the model's card. */
export function registerJudge(program: Command): void {
  program
    .command('judge')
    .description('judge a model on a captioned set and write scores with intervals, and its captions from the best to the worst, into its model card')
    .argument('<model>', 'model package')
    .requiredOption('--captions <file>', 'Flickr8k token file or COCO captions JSON')
    .requiredOption('--images <folder>', 'where the photos are; captioned photos that are not there are left out')
    .requiredOption('--title <text>', 'what the set is called in the card')
    .option('--list <file>', 'names of the photos to judge by, one a line (default: all)')
    .option('--beam <n>', 'beam width, 1 = greedy', wholeNumber(1, 100), 3)
    .option('--json <file>', 'write {"corpus": {…}, "images": n, "provenance": {…}}')
    .option('--shard <i/n>', 'caption only the i-th of n shares and write a shard; `merge` judges and writes the card')
    .option('--out <file>', 'with --shard: where the shard goes')
    .option('--replace', 'overwrite a file of --json or --out that is there already', false)
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0), 0)
    .action(action(saysItself, judge))
}

async function judge(signal: AbortSignal, model: string, options: JudgeOptions): Promise<void> {
  const { requireOutputs } = await import('#engine/files/output-place.ts')
  const { toReport } = await import('#shared/errors.ts')
  const { photosToJudge, writeJudgement } = await import('../reports/judgement.ts')
  const { captionSet } = await import('../caption-set.ts')

  const { json, shard, out } = options
  const rules = { inputs: [options.captions, options.list], replace: options.replace }
  if (shard !== undefined) {
    if (json !== undefined)
      throw new AppError('bad-input', 'A shard has no scores of its own.', { kept: 'Nothing was begun.', todo: 'Leave --json out: merge writes it.' })
    const { judgeShard } = await import('../sharded/judged-shards.ts')
    console.log(await judgeShard(model, { ...options, shard, out, rules, signal }))
    return
  }
  requireOutputs([json], rules)
  const { images, listed } = await photosToJudge(options)
  // A cache of its own: the speed that the card tells is from file to caption.
  const features = await mkdtemp(join(tmpdir(), 'capstan-judge-'))
  try {
    const { texts, photosPerSecond } = await captionSet({ ...options, model, images, features, signal }).finally(() =>
      rm(features, { recursive: true, force: true }),
    )
    await writeJudgement({ model, modelNamed: model, set: options, images, listed, texts, photosPerSecond, json, rules, signal })
  } catch (error) {
    if (toReport(error).code !== 'cancelled') throw error
    throw new AppError('cancelled', 'The work was cancelled.', { kept: 'The model’s card was not changed and nothing was written.', cause: error })
  }
}
