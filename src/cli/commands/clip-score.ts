import { requireOutputs, writeOutput } from '#engine/files/output-place.ts'
import type { Command } from 'commander'
import { AppError } from '#shared/errors.ts'
import { action } from '../action.ts'
import { embedPhotos, type EmbeddingOptions } from '../embedded-photos.ts'
import { decimals, readMatched } from '../scoring.ts'
import { wholeNumber } from '../numbers.ts'

interface ClipScoreOptions extends EmbeddingOptions {
  results: string
  references: string
  perImage?: string
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
    .option('--replace', 'overwrite files that are there already', false)
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--features <folder>', 'feature cache', '.cache/features')
    .option('--provider <name>', 'execution provider', 'cpu')
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0, 1024), 0)
    .action(action('No score was written; embeddings made until then are kept.', clipScore))
}

async function clipScore(signal: AbortSignal, photos: string[], options: ClipScoreOptions): Promise<void> {
  const { clipScorePrefix, scoreEmbeddings } = await import('#shared/metrics/clip-score.ts')
  const { readReferences } = await import('#engine/datasets/scored-captions.ts')
  const { findEncoder } = await import('#engine/vision/encoders/encoder-registry.ts')
  const { openTextEncoder } = await import('#engine/vision/encoders/text-encoder.ts')
  const { imagePaths, numbersInNames } = await import('../image-paths.ts')

  const rules = { inputs: [options.references, options.results, ...photos], replace: options.replace }
  requireOutputs([options.perImage], rules)
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
    const { index } = await embedPhotos(
      wanted.map(({ path }) => path),
      options,
      signal,
    )
    const places = new Map(index.keys.map((key, place) => [key, place]))
    const embedded = []
    for (const { id, path, candidate, references } of wanted) {
      const place = places.get(path)
      if (place === undefined) continue
      const captions = [candidate, ...references]
      const vectors = await texts.embed(captions.map((caption) => clipScorePrefix + caption))
      const [own, ...others] = captions.map((_, row) => vectors.slice(row * texts.width, (row + 1) * texts.width))
      embedded.push({ id, image: index.vector(place), candidate: own, references: others })
    }
    const { corpus, perImage } = scoreEmbeddings(embedded)
    for (const [name, value] of Object.entries(corpus)) console.log(`${name}  ${decimals(value)}`)
    console.log(`${embedded.length} images, encoder ${options.encoder}`)
    if (options.perImage !== undefined)
      await writeOutput(options.perImage, Array.from(perImage, ([id, scores]) => `${JSON.stringify({ image_id: id, scores })}\n`).join(''), rules)
  } finally {
    await texts.close()
  }
}
