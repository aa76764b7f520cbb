import { Option, type Command } from 'commander'
import { providers } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { action, saysItself } from '../../action.ts'
import { wholeNumber } from '../../numbers.ts'
import type { EncodingOptions } from '../../photo-encoding.ts'

interface EncodeOptions extends Omit<EncodingOptions, 'pooling'> {
  pooling: string
  features: string
  shard?: string
  out?: string
  replace: boolean
}

/** `capstan encode`: features or embeddings of photos, computed before anything needs them. */
export function registerEncode(program: Command): void {
  program
    .command('encode')
    .description('compute features of photos, or their embeddings, into the feature cache that training, captioning and search read')
    .argument('<photos...>', 'photos, or folders of photos')
    .requiredOption('--encoder <id>', 'its id or folder')
    .option('--embeddings', 'one vector a photo in place of its grid', false)
    .addOption(new Option('--pooling <n>', '2: means of 2 × 2 cells of the grid').choices(['1', '2']).default('1'))
    .option('--mirrored', 'features of the mirrored photos, too', false)
    .option('--features <folder>', 'feature cache', '.cache/features')
    .option('--shard <i/n>', 'encode only the i-th of n shares into a cache beside --out, which `merge` puts together; auto: by the Slurm array’s task')
    .option('--out <file>', 'with --shard: where the shard goes; its features go into the folder <file>.features')
    .option('--replace', 'begin a shard anew that is there already', false)
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .addOption(new Option('--provider <name>', 'execution provider').choices(providers).default('cpu'))
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0, 1024), 0)
    .action(action(saysItself, encode))
}

async function encode(signal: AbortSignal, given: string[], { shard, out, features, replace, pooling, ...options }: EncodeOptions): Promise<void> {
  const { imagePaths, photoNames } = await import('../../image-paths.ts')
  const { openEncoding } = await import('../../photo-encoding.ts')
  const { progressBar } = await import('../../progress.ts')

  const settings: EncodingOptions = { ...options, pooling: pooling === '2' ? 2 : 1 }
  if (settings.embeddings && settings.pooling === 2)
    throw new AppError('bad-input', 'An embedding is one vector: there is nothing to pool.', { kept: 'Nothing was begun.', todo: 'Leave --pooling out.' })
  const paths = await imagePaths(given)
  if (shard !== undefined) {
    const { encodeShard } = await import('../../sharded/encoded-shards.ts')
    const names = photoNames(paths)
    const photos = paths.map((path, place) => ({ path, place, name: names.get(path) ?? path }))
    console.log(await encodeShard(photos, { ...settings, shard, out, rules: { inputs: paths, replace }, signal }))
    return
  }
  const encoding = await openEncoding(features, settings)
  const bar = progressBar('encoding')
  try {
    const photos = paths.map((path) => ({ path }))
    const { hashes, failed, computed } = await encoding.encode(photos, signal, (done) => bar.update(done, paths.length))
    bar.stop()
    for (const [path, reason] of failed) process.stderr.write(`left out ${path}: ${reason}\n`)
    console.log(`${hashes.size} photos have their features, ${computed} of them computed now${failed.size > 0 ? `, ${failed.size} left out` : ''}: ${features}`)
    if (failed.size > 0) process.exitCode = 1
  } finally {
    bar.stop()
    await encoding.close()
  }
}
