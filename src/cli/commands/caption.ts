import { basename, extname } from 'node:path'
import { Option } from 'commander'
import type { Command } from 'commander'
import { methodForBeam } from '#engine/decoding/method-for-beam.ts'
import type { CandidateText } from '#engine/captioning/caption-from-features.ts'
import { providers } from '#shared/domain.ts'
import type { ImageId, Provider } from '#shared/domain.ts'
import { action, saysItself } from '../action.ts'
import { wholeNumber } from '../numbers.ts'

interface CaptionOptions {
  replace: boolean
  model: string
  beam: number
  out: string
  ids?: string
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
    .option('--replace', 'overwrite files that are there already', false)
    .option('--ids <file>', 'COCO captions or instances JSON that says which file has which image id, or the word “names”: the last number of each file name')
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--features <folder>', 'feature cache', '.cache/features')
    .addOption(new Option('--provider <name>', 'execution provider').choices(providers).default('cpu'))
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0, 1024), 0)
    .action(action(saysItself, caption))
}

async function caption(signal: AbortSignal, photos: string[], options: CaptionOptions): Promise<void> {
  const { openCaptioner } = await import('#engine/captioning/loaded-captioner.ts')
  const { AppError, toReport } = await import('#shared/errors.ts')
  const { requireOutputs, writeOutput } = await import('#engine/files/output-place.ts')
  const { imagePaths, photoNames } = await import('../image-paths.ts')
  const { progressBar } = await import('../progress.ts')

  const listingFile = `${options.out.slice(0, options.out.length - extname(options.out).length)}.txt`
  const paths = await imagePaths(photos)
  const rules = { inputs: [options.ids, ...paths], replace: options.replace }
  requireOutputs([options.out, listingFile], rules)
  const { ids, rule } = await photoIds(paths, options.ids)
  const names = photoNames(paths)
  const captioner = await openCaptioner(options.model, {
    encoderRoots: [options.encoders],
    featureFolder: options.features,
    session: { provider: options.provider, threads: options.threads },
  })
  const candidatesOf = new Map<string, CandidateText[]>()
  const failures: string[] = []
  const bar = progressBar('captioning')
  const begun = performance.now()
  try {
    await captioner.caption({
      photos: paths.map((path) => ({ path })),
      method: methodForBeam(options.beam),
      signal,
      onBatch({ captioned, failed }) {
        for (const { photo, candidates } of captioned) candidatesOf.set(photo.path, candidates)
        for (const { photo, report } of failed) failures.push(`${photo.path}: ${report.happened}`)
        bar.update(candidatesOf.size, paths.length)
      },
    })
  } catch (error) {
    if (toReport(error).code !== 'cancelled') throw error
    const kept = candidatesOf.size === 0 ? 'Nothing was written.' : `${candidatesOf.size} captions, those made until then, are in ${options.out}.`
    throw new AppError('cancelled', 'Captioning was cancelled.', { kept, cause: error })
  } finally {
    bar.stop()
    await captioner.close()
    // Cancelled or not: what was captioned is written. Where nothing was, an earlier file stays.
    const captioned = paths.flatMap((path) => {
      const best = candidatesOf.get(path)?.[0]
      return best === undefined ? [] : [{ path, best }]
    })
    if (captioned.length > 0) {
      const results = captioned.map(({ path, best }) => ({ image_id: ids.get(path) ?? 0, caption: best.text, file_name: names.get(path) ?? '' }))
      await writeOutput(options.out, `${JSON.stringify(results, null, 1)}\n`, rules)
      const listing = captioned.map(({ path, best }) => `${ids.get(path) ?? 0}\t${names.get(path) ?? ''}\t${best.logProbability.toFixed(2)}\t${best.text}\n`)
      await writeOutput(listingFile, listing.join(''), rules)
    }
  }
  for (const failure of failures) process.stderr.write(`left out ${failure}\n`)
  const seconds = (performance.now() - begun) / 1000
  console.log(
    `${candidatesOf.size} photos captioned on ${captioner.provider} (${(candidatesOf.size / seconds).toFixed(1)} a second)` +
      `${failures.length > 0 ? `, ${failures.length} left out` : ''}: ${candidatesOf.size > 0 ? options.out : 'nothing is written'}; ${rule}`,
  )
  if (failures.length > 0) process.exitCode = 1
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
