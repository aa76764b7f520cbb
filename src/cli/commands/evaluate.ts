import type { Command } from 'commander'
import { action } from '../action.ts'
import { wholeNumber } from '../numbers.ts'

interface EvaluateOptions {
  model: string
  captions: string
  images: string
  list?: string
  beam: number
  encoders: string
  features: string
  json?: string
  results?: string
  threads: number
}

/** `capstan evaluate`: captions a set of photos with a model and scores them against the set's own captions. */
export function registerEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('caption a captioned set of photos with a model and score the result')
    .requiredOption('--model <folder>', 'model package')
    .requiredOption('--captions <file>', 'Flickr8k token file or COCO captions JSON')
    .requiredOption('--images <folder>', 'where the photos are')
    .option('--list <file>', 'names of the photos to judge by, one a line (default: all)')
    .option('--beam <n>', 'beam width, 1 = greedy', wholeNumber(1, 100), 3)
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--features <folder>', 'feature cache', '.cache/features')
    .option('--json <file>', 'write scores and provenance as JSON')
    .option('--results <file>', 'write the captions as COCO results JSON')
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0, 1024), 0)
    .action(action(evaluate))
}

async function evaluate(signal: AbortSignal, options: EvaluateOptions): Promise<void> {
  const { readCaptionedImages, selectListed } = await import('#engine/training/data/caption-data.ts')
  const { scoreCorpus } = await import('#engine/metrics/score-corpus.ts')
  const { tokenizeFor } = await import('#engine/text/vocabulary.ts')
  const { writeWhole } = await import('#engine/workspace/export/write-file.ts')
  const { captionSet } = await import('../caption-set.ts')

  const all = await readCaptionedImages(options.captions, options.images)
  const listed = options.list === undefined ? all : await selectListed(all, options.list)
  const images = listed.filter(({ captions }) => captions.length > 0)
  const {
    texts,
    model: { vocabulary, manifest },
  } = await captionSet({ ...options, images, signal })
  const { corpus, provenance } = scoreCorpus({
    images: images.map(({ path, captions }, index) => ({
      id: index,
      candidate: tokenizeFor(vocabulary, texts.get(path) ?? ''),
      references: captions.map((caption) => tokenizeFor(vocabulary, caption)),
    })),
  })
  for (const [name, value] of Object.entries(corpus)) console.log(`${name.padEnd(12)}${value.toFixed(4)}`)
  if (options.json !== undefined) {
    const summary = { corpus, images: images.length, provenance: { model: manifest.id, beam: options.beam, tokenizer: vocabulary.tokenizer, ...provenance } }
    await writeWhole(options.json, `${JSON.stringify(summary, null, 2)}\n`)
  }
  if (options.results !== undefined) {
    const results = images.map(({ id, path, fileName }) => ({ image_id: id ?? fileName, caption: texts.get(path) ?? '' }))
    await writeWhole(options.results, `${JSON.stringify(results, null, 1)}\n`)
  }
}
