import { basename, extname } from 'node:path'
import { Option } from 'commander'
import type { Command } from 'commander'
import type { DecodingMethod } from '#engine/decoding/decode.ts'
import type { CandidateText } from '#engine/captioning/caption-from-features.ts'
import { providers } from '#shared/domain.ts'
import type { ImageId, Provider } from '#shared/domain.ts'
import { action } from '../action.ts'
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
    .option('--ids <file>', 'COCO captions or instances JSON that says which file has which image id')
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--features <folder>', 'feature cache', '.cache/features')
    .addOption(new Option('--provider <name>', 'execution provider').choices(providers).default('cpu'))
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0, 1024), 0)
    .action(action(caption))
}

async function caption(signal: AbortSignal, photos: string[], options: CaptionOptions): Promise<void> {
  const { openCaptioner } = await import('#engine/captioning/loaded-captioner.ts')
  const { requireOutput } = await import('#engine/files/output-place.ts')
  const { writeWhole } = await import('#engine/files/write-whole.ts')
  const { imagePaths } = await import('../image-paths.ts')
  const { progressBar } = await import('../progress.ts')

  const listingFile = `${options.out.slice(0, options.out.length - extname(options.out).length)}.txt`
  for (const file of [options.out, listingFile]) requireOutput(file, { replace: options.replace })
  const paths = await imagePaths(photos)
  const numberOf = await numbersOf(paths, options.ids)
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
      method: methodOf(options.beam),
      signal,
      onBatch({ captioned, failed }) {
        for (const { photo, candidates } of captioned) candidatesOf.set(photo.path, candidates)
        for (const { photo, report } of failed) failures.push(`${photo.path}: ${report.happened}`)
        bar.update(candidatesOf.size, paths.length)
      },
    })
  } finally {
    bar.stop()
    await captioner.close()
    // Cancelled or not: what was captioned is written. Where nothing was, an earlier file stays.
    const captioned = paths.flatMap((path) => {
      const best = candidatesOf.get(path)?.[0]
      return best === undefined ? [] : [{ path, best }]
    })
    if (captioned.length > 0) {
      const results = captioned.map(({ path, best }) => ({ image_id: numberOf.get(path) ?? 0, caption: best.text }))
      await writeWhole(options.out, `${JSON.stringify(results, null, 1)}\n`)
      const listing = captioned.map(({ path, best }) => `${basename(path)}\t${best.logProbability.toFixed(2)}\t${best.text}\n`)
      await writeWhole(listingFile, listing.join(''))
    }
  }
  for (const failure of failures) process.stderr.write(`left out ${failure}\n`)
  const seconds = (performance.now() - begun) / 1000
  console.log(
    `${candidatesOf.size} photos captioned on ${captioner.provider} (${(candidatesOf.size / seconds).toFixed(1)} a second)` +
      `${failures.length > 0 ? `, ${failures.length} left out` : ''}: ${candidatesOf.size > 0 ? options.out : 'nothing is written'}`,
  )
  if (failures.length > 0) process.exitCode = 1
}

export function methodOf(beam: number): DecodingMethod {
  return beam === 1 ? { kind: 'greedy' } : { kind: 'beam', beams: beam }
}

/** Image ids of the photos, by path. */
async function numbersOf(paths: readonly string[], idFile: string | undefined): Promise<Map<string, ImageId>> {
  const { imageNumbers } = await import('../image-paths.ts')
  if (idFile === undefined) {
    const { numbers, fromNames } = imageNumbers(paths)
    if (!fromNames) process.stderr.write('The file names hold no distinct numbers: image ids are 1, 2, 3, … in the order of the listing.\n')
    return new Map(paths.map((path, index) => [path, numbers[index]]))
  }
  const { readPhotoIds } = await import('#engine/datasets/photo-ids.ts')
  return readPhotoIds(idFile, paths)
}
