import type { Command } from 'commander'
import type { TextEncoder } from '#engine/vision/encoders/text-encoder.ts'
import { AppError } from '#shared/errors.ts'
import { action } from '../action.ts'
import { embedPhotos, type EmbeddingOptions } from '../embedded-photos.ts'
import { numberWithin, wholeNumber } from '../numbers.ts'

interface SearchOptions extends EmbeddingOptions {
  text?: string
  like?: string
  labels?: string
  duplicates: boolean
  top: number
  similarity: number
}

/** `capstan search`: photos by text, by likeness, by label, or those that are nearly the same. */
export function registerSearch(program: Command): void {
  program
    .command('search')
    .description('search photos by what an encoder sees: by text, by a photo, by labels, or for near duplicates')
    .argument('<photos...>', 'photos, or folders of photos')
    .requiredOption('--encoder <id>', 'encoder, by its id or folder; text and labels need a CLIP with its text tower')
    .option('--text <words>', 'the photos that show this')
    .option('--like <photo>', 'the photos most like this one')
    .option('--labels <words>', 'the likeliest of these words for each photo, separated by commas')
    .option('--duplicates', 'groups of photos that are nearly the same', false)
    .option('--top <n>', 'how many photos', wholeNumber(1), 10)
    .option('--similarity <cosine>', 'least cosine of near duplicates', numberWithin(-1, 1), 0.97)
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--features <folder>', 'feature cache', '.cache/features')
    .option('--provider <name>', 'execution provider', 'cpu')
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0, 1024), 0)
    .action(action('Embeddings made until then are kept.', search))
}

async function search(signal: AbortSignal, photos: string[], options: SearchOptions): Promise<void> {
  const { imagePaths } = await import('../image-paths.ts')
  const { text, like, labels, duplicates } = options
  const ways = [text, like, labels, duplicates ? 'duplicates' : undefined].filter((way) => way !== undefined)
  if (ways.length !== 1) throw new AppError('bad-input', 'Nothing says how to search.', { todo: 'Give one of --text, --like, --labels, --duplicates.' })
  // Before hours of embedding: are all labels words, is there a text tower at all?
  const { embedLabels, labelWords, scoreLabels } = await import('#engine/vision/search/zero-shot.ts')
  const words = labels === undefined ? undefined : labelWords(labels.split(','))
  const texts = text === undefined && labels === undefined ? undefined : await openTexts(options)
  try {
    const paths = await imagePaths(like === undefined ? photos : [...photos, like])
    const { index } = await embedPhotos([...new Set(paths)], options, signal)
    const tell = (query: Float32Array): void => {
      const found = index.search(query, options.top + 1).filter(({ key }) => key !== like)
      for (const { key, similarity } of found.slice(0, options.top)) console.log(`${similarity.toFixed(4)}\t${key}`)
    }
    if (texts !== undefined && text !== undefined) tell(await texts.embed([text]))
    if (like !== undefined) {
      const place = index.keys.indexOf(like)
      if (place < 0) throw new AppError('bad-input', `The photo ${like} cannot be read, so nothing is like it.`)
      tell(index.vector(place))
    }
    if (texts !== undefined && words !== undefined) {
      const embedded = await embedLabels(texts, words)
      index.keys.forEach((key, place) => {
        const best = scoreLabels(embedded, index.vector(place)).slice(0, 3)
        console.log(`${key}\t${best.map(({ word, probability }) => `${word} ${(100 * probability).toFixed(1)} %`).join(', ')}`)
      })
    }
    if (duplicates) {
      const { duplicateGroups } = await import('#engine/vision/search/near-duplicates.ts')
      const groups = await duplicateGroups(index, { similarity: options.similarity, signal })
      for (const group of groups) console.log(group.join('\t'))
      console.log(`${groups.length} ${groups.length === 1 ? 'group' : 'groups'} of near duplicates among ${index.keys.length} photos.`)
    }
  } finally {
    await texts?.close()
  }
}

async function openTexts({ encoder, encoders, threads }: SearchOptions): Promise<TextEncoder> {
  const { findEncoder } = await import('#engine/vision/encoders/encoder-registry.ts')
  const { openTextEncoder } = await import('#engine/vision/encoders/text-encoder.ts')
  return openTextEncoder(await findEncoder([encoders], encoder), { threads })
}
