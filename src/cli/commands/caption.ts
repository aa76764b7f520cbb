import { basename } from 'node:path'
import { Option } from 'commander'
import type { Command } from 'commander'
import { hashBytes } from '#engine/files/content-hash.ts'
import { methodForBeam } from '#engine/decoding/method-for-beam.ts'
import type { ModelManifest } from '#engine/models/manifest.ts'
import type { ShardHeader } from '#engine/shards/shard-file.ts'
import { providers } from '#shared/domain.ts'
import type { ImageId, Provider } from '#shared/domain.ts'
import { action, saysItself } from '../action.ts'
import type { CaptionOutput, PlacedPhoto } from '../sharded/caption-output.ts'
import { wholeNumber } from '../numbers.ts'

interface CaptionOptions {
  replace: boolean
  model: string
  beam: number
  out: string
  parquet: boolean
  ids?: string
  shard?: string
  encoders: string
  features: string
  provider: Provider
  threads: number
}

/** `capstan caption`: photos in, a COCO results file and a listing out. */
export function registerCaption(program: Command): void {
  program
    .command('caption')
    .description('caption photos with a model and write COCO results and a listing')
    .argument('<photos...>', 'photos, or folders of photos')
    .requiredOption('--model <folder>', 'model package')
    .option('--beam <n>', 'beam width, 1 = greedy', wholeNumber(1, 100), 3)
    .option('--out <file>', 'COCO results JSON; the listing goes beside it as .txt', 'results.json')
    .option('--parquet', 'also write a Parquet table beside the results; of shards the merge does it, where it is given the same', false)
    .option('--replace', 'overwrite files that are there already', false)
    .option('--ids <file>', 'COCO captions or instances JSON that says which file has which image id, or the word “names”: the last number of each file name')
    .option('--shard <i/n>', 'caption only the i-th of n shares and write a shard, which `merge` takes; auto: by the Slurm array’s task')
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--features <folder>', 'feature cache', '.cache/features')
    .addOption(new Option('--provider <name>', 'execution provider').choices(providers).default('cpu'))
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0, 1024), 0)
    .action(action(saysItself, caption))
}

async function caption(signal: AbortSignal, given: string[], options: CaptionOptions): Promise<void> {
  const { openCaptioner } = await import('#engine/captioning/loaded-captioner.ts')
  const { AppError, toReport } = await import('#shared/errors.ts')
  const { parseShard } = await import('#engine/shards/shard.ts')
  const { imagePaths, photoNames } = await import('../image-paths.ts')
  const { progressBar } = await import('../progress.ts')
  const { requireCaptionedFiles } = await import('../sharded/captioned-files.ts')
  const { shardOutput, wholeOutput } = await import('../sharded/caption-output.ts')

  const paths = await imagePaths(given)
  const rules = { inputs: [options.ids, ...paths], replace: options.replace }
  const shard = options.shard === undefined ? undefined : parseShard(options.shard, process.env)
  const files = { results: options.out, parquet: options.parquet, rules }
  if (shard === undefined) requireCaptionedFiles(files)
  const { ids, rule } = await photoIds(paths, options.ids)
  const names = photoNames(paths)
  const photos = paths.map((path, place) => ({ path, place, id: ids.get(path) ?? 0, name: names.get(path) ?? '' }))
  const captioner = await openCaptioner(options.model, {
    encoderRoots: [options.encoders],
    featureFolder: options.features,
    session: { provider: options.provider, threads: options.threads },
  })
  let output: CaptionOutput | undefined
  let complete = false
  let where = ''
  let captionedCount = 0
  const failures: string[] = []
  const bar = progressBar('captioning')
  const begun = performance.now()
  try {
    output =
      shard === undefined
        ? wholeOutput(files, photos)
        : await shardOutput(photos, { file: options.out, shard, settings: workOf(captioner.model.manifest, photos, options), rules })
    const todo = output
    await captioner.caption({
      photos: todo.photos,
      method: methodForBeam(options.beam),
      signal,
      onBatch({ captioned, failed }) {
        const made = captioned.map(({ photo, candidates: [{ text, logProbability }] }) => ({
          photo,
          caption: { id: photo.id, name: photo.name, text, logProbability },
        }))
        todo.take(
          made,
          failed.map(({ photo, report }) => ({ photo, reason: report.happened })),
        )
        captionedCount += captioned.length
        for (const { photo, report } of failed) failures.push(`${photo.path}: ${report.happened}`)
        bar.update(captionedCount, todo.photos.length)
      },
    })
    complete = true
  } catch (error) {
    if (toReport(error).code !== 'cancelled') throw error
    const rest = shard === undefined ? `are in ${options.out}.` : 'are kept: the shard goes on from there when it is run again.'
    const kept = captionedCount === 0 ? 'Nothing was written.' : `${captionedCount} captions, those made until then, ${rest}`
    throw new AppError('cancelled', 'Captioning was cancelled.', { kept, cause: error })
  } finally {
    bar.stop()
    await captioner.close()
    where = (await output?.finish(complete)) ?? ''
  }
  for (const failure of failures) process.stderr.write(`left out ${failure}\n`)
  const seconds = (performance.now() - begun) / 1000
  console.log(
    `${captionedCount} photos captioned on ${captioner.provider} (${(captionedCount / seconds).toFixed(1)} a second)` +
      `${failures.length > 0 ? `, ${failures.length} left out` : ''}: ${where}; ${rule}`,
  )
  if (failures.length > 0) process.exitCode = 1
}

/** What shards must have in common to be one work. */
function workOf({ id, files, encoder }: ModelManifest, photos: readonly PlacedPhoto[], { beam, provider }: CaptionOptions): ShardHeader['settings'] {
  const items = photos.map(({ id: imageId, name }) => `${imageId}\t${name}\n`).join('')
  return { model: `${id} ${files.weights.sha256}`, encoder: encoder.fingerprint, beam, provider, photos: hashBytes(Buffer.from(items)) }
}

interface PhotoIds {
  ids: ReadonlyMap<string, ImageId>
  /** Where they come from, in a sentence. */
  rule: string
}

/** Image ids of the photos, by path: by a file's word, by the numbers in their names where that was asked for, else counted. */
async function photoIds(paths: readonly string[], source: string | undefined): Promise<PhotoIds> {
  if (source === undefined) {
    return { ids: new Map(paths.map((path, index) => [path, index + 1])), rule: 'image ids are 1, 2, 3, … in the order of the photos given' }
  }
  if (source === 'names') {
    const { numbersInNames } = await import('../image-paths.ts')
    const { AppError } = await import('#shared/errors.ts')
    const numbers = numbersInNames(paths)
    if (numbers === null) {
      throw new AppError('bad-input', 'The file names hold no number, or two hold the same.', {
        kept: 'Nothing was captioned.',
        todo: 'Leave --ids names out.',
      })
    }
    return { ids: new Map(paths.map((path, index) => [path, numbers[index]])), rule: 'image ids are the last numbers of the file names' }
  }
  const { readPhotoIds } = await import('#engine/datasets/photo-ids.ts')
  return { ids: await readPhotoIds(source, paths), rule: `image ids are those of ${basename(source)}` }
}
