import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Encoder } from '#engine/vision/encoders/encoder.ts'
import type { BoxSource } from '#engine/vision/regions/photo-boxes.ts'
import { action } from '../action.ts'
import { numberWithin, wholeNumber } from '../numbers.ts'
import { parseProvider } from '../provider.ts'

interface RegionsOptions {
  replace: boolean
  encoder: string
  detector: string
  encoders: string
  instances?: string
  workspace?: string
  minimumScore: number
  limit: number
  classToken: boolean
  out: string
  threads: number
  provider: string
}

/** `capstan regions`: region features of photos, for captioners that read regions. */
export function registerRegions(program: Command): void {
  program
    .command('regions')
    .description('write region features: the encoder’s grid pooled over boxes of the detector, of COCO instances, or drawn in Review')
    .argument('<photos...>', 'photos, or folders of photos')
    .requiredOption('--out <file>', 'safetensors file: NAME.features [regions, width] and NAME.boxes [regions, 4] (x0, y0, x1, y1 in 0–1) for each photo')
    .option('--replace', 'overwrite files that are there already', false)
    .option('--encoder <id>', 'encoder whose grid is pooled', 'openimages-ssd')
    .option('--detector <id>', 'encoder that finds the boxes', 'openimages-ssd')
    .option('--instances <file>', 'COCO instances JSON with the boxes, in place of a detector')
    .option('--workspace <folder>', 'the boxes that annotators drew in this workspace, in place of a detector')
    .option('--minimum-score <score>', 'least score of a detected box', numberWithin(0, 1), 0.3)
    .option('--limit <n>', 'boxes of a photo at most', wholeNumber(1), 36)
    .option('--class-token', 'put the class token first, as the region of the whole photo', false)
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--provider <name>', 'execution provider', 'cpu')
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0, 1024), 0)
    .action(action('Nothing was written.', regions))
}

async function regions(signal: AbortSignal, photos: string[], options: RegionsOptions): Promise<void> {
  const { AppError, sentence, toReport } = await import('#shared/errors.ts')
  const { float32Tensor, writeSafetensors } = await import('#engine/files/safetensors.ts')
  const { findEncoder } = await import('#engine/vision/encoders/encoder-registry.ts')
  const { openEncoder } = await import('#engine/vision/encoders/encoder.ts')
  const { photoRegions } = await import('#engine/vision/regions/photo-regions.ts')
  const { requireOutputs, writeOutput } = await import('#engine/files/output-place.ts')
  const { imagePaths, photoNames } = await import('../image-paths.ts')
  const { progressBar } = await import('../progress.ts')

  const { limit } = options
  const session = { threads: options.threads, provider: parseProvider(options.provider) }
  const paths = await imagePaths(photos)
  const names = photoNames(paths)
  const rules = { inputs: [options.instances, ...paths], replace: options.replace }
  requireOutputs([options.out], rules)
  const encoder = await openEncoder(await findEncoder([options.encoders], options.encoder), session)
  const same = options.instances !== undefined || options.workspace !== undefined || options.detector === options.encoder
  const detector = same ? encoder : await openEncoder(await findEncoder([options.encoders], options.detector), session)
  const bar = progressBar('regions')
  const tensors = new Map<string, ReturnType<typeof float32Tensor>>()
  const labels: Record<string, string[]> = {}
  let count = 0
  try {
    const boxes = await boxSource(options, detector, paths)
    for (const [index, path] of paths.entries()) {
      if (signal.aborted) throw new AppError('cancelled', 'Computing regions was cancelled.')
      try {
        const found = await photoRegions(path, { encoder, boxes, limit, classToken: options.classToken ? 'kept' : 'dropped' })
        const name = names.get(path) ?? path
        const { length } = found.labels
        tensors.set(`${name}.features`, float32Tensor(found.features, [length, encoder.manifest.grid.width]))
        tensors.set(`${name}.boxes`, float32Tensor(found.boxes, [length, 4]))
        labels[name] = found.labels
        count += length
      } catch (error) {
        process.stderr.write(`left out ${path}: ${sentence(toReport(error))}\n`)
      }
      bar.update(index + 1, paths.length)
    }
  } finally {
    bar.stop()
    await encoder.close()
    if (detector !== encoder) await detector.close()
  }
  await writeOutput(options.out, writeSafetensors(tensors, { encoder: encoder.manifest.id, labels: JSON.stringify(labels) }), rules)
  console.log(`${count} regions of ${Object.keys(labels).length} photos in ${options.out}.`)
}

async function boxSource({ instances, workspace, minimumScore, limit }: RegionsOptions, detector: Encoder, paths: readonly string[]): Promise<BoxSource> {
  const { detectedBoxes, sharesToBoxes } = await import('#engine/vision/regions/photo-boxes.ts')
  if (instances !== undefined) {
    const { instanceBoxSource } = await import('#engine/vision/regions/instance-boxes.ts')
    return instanceBoxSource(instances, paths)
  }
  if (workspace === undefined) return detectedBoxes(detector, { minimumScore, limit })
  const { openReadOnly } = await import('#engine/workspace/storage/database.ts')
  const { regionsByPath } = await import('#engine/workspace/repositories/regions.ts')
  const database = openReadOnly(resolve(workspace))
  return (_bytes, path, size) => Promise.resolve(sharesToBoxes(regionsByPath(database, resolve(path)), size))
}
