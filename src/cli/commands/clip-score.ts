import { requireOutputs } from '#engine/files/output-place.ts'
import type { Command } from 'commander'
import { AppError } from '#shared/errors.ts'
import { action, saysItself } from '../action.ts'
import type { EmbeddingOptions } from '../embedded-photos.ts'
import { readMatched } from '../scoring.ts'
import { wholeNumber } from '../numbers.ts'

interface ClipScoreOptions extends EmbeddingOptions {
  results: string
  references: string
  perImage?: string
  shard?: string
  out?: string
  replace: boolean
}

/** `capstan clip-score`: how well captions fit their photos by CLIP, with and without references. */
export function registerClipScore(program: Command): void {
  program
    .command('clip-score')
    .description('CLIPScore and RefCLIPScore of captions; the published numbers are of CLIP ViT-B/32')
    .argument('<photos...>', 'the photos, or folders of them, with the image id as the last number of their names')
    .requiredOption('--encoder <id>', 'a CLIP with its text tower, by its id or folder; better not the one that the captioner sees through')
    .requiredOption('--results <file>', 'COCO results JSON')
    .requiredOption('--references <file>', 'COCO captions JSON')
    .option('--per-image <file>', 'write one JSON line an image')
    .option('--shard <i/n>', 'score only the i-th of n shares and write a shard, which `merge` takes')
    .option('--out <file>', 'with --shard: where the shard goes')
    .option('--replace', 'overwrite files that are there already', false)
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--features <folder>', 'feature cache', '.cache/features')
    .option('--provider <name>', 'execution provider', 'cpu')
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0, 1024), 0)
    .action(action(saysItself, clipScore))
}

async function clipScore(signal: AbortSignal, photos: string[], options: ClipScoreOptions): Promise<void> {
  const { toReport } = await import('#shared/errors.ts')
  const { readReferences } = await import('#engine/datasets/scored-captions.ts')
  const { findEncoder } = await import('#engine/vision/encoders/encoder-registry.ts')
  const { openTextEncoder } = await import('#engine/vision/encoders/text-encoder.ts')
  const { imagePaths, numbersInNames } = await import('../image-paths.ts')
  const { embedCaptioned, reportClipScores } = await import('../reports/clip-scores.ts')

  const { shard, out, perImage } = options
  const rules = { inputs: [options.references, options.results, ...photos], replace: options.replace }
  if (shard !== undefined && perImage !== undefined)
    throw new AppError('bad-input', 'A shard has no rows of its own.', { kept: 'Nothing was begun.', todo: 'Leave --per-image out: merge writes it.' })
  requireOutputs([perImage], rules)
  const texts = await openTextEncoder(await findEncoder([options.encoders], options.encoder), { threads: options.threads })
  try {
    const { images } = await readMatched(await readReferences(options.references), options.results)
    const paths = await imagePaths(photos)
    const numbers = numbersInNames(paths)
    if (numbers === null)
      throw new AppError('bad-input', 'The photos’ names do not end in their image ids.', { kept: 'Nothing was scored.', todo: 'Name them as COCO does.' })
    const pathOf = new Map(numbers.map((number, place) => [String(number), paths[place]]))
    const wanted = images.flatMap((image) => {
      const path = pathOf.get(String(image.id))
      return path === undefined ? [] : [{ ...image, path }]
    })
    if (wanted.length === 0) throw new AppError('too-little-data', 'None of the captions is of one of the photos.', { kept: 'Nothing was scored.' })
    if (shard !== undefined) {
      const { clipScoreShard } = await import('../sharded/clip-scored-shards.ts')
      console.log(await clipScoreShard(wanted, texts, { ...options, shard, out, rules, signal }))
      return
    }
    const { scoreEmbeddings } = await import('#shared/metrics/clip-score.ts')
    const { embedded } = await embedCaptioned(wanted, texts, options, signal)
    const scores = scoreEmbeddings(embedded)
    await reportClipScores({ ...scores, images: scores.perImage.size }, { encoder: options.encoder, perImage, rules })
  } catch (error) {
    if (shard !== undefined || toReport(error).code !== 'cancelled') throw error
    throw new AppError('cancelled', 'The work was cancelled.', { kept: 'No score was written; embeddings made until then are kept.', cause: error })
  } finally {
    await texts.close()
  }
}
