import type { Command } from 'commander'
import { action } from '../action.ts'
import { usualMetrics } from '#shared/metrics/table.ts'
import { wholeNumber } from '../numbers.ts'
import { decimals, evaluateWithProgress, scoredOn, table } from '../scoring.ts'

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
  replace: boolean
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
    .option('--replace', 'overwrite files that are there already', false)
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0, 1024), 0)
    .action(action('Nothing was written; features made until then are kept.', evaluate))
}

async function evaluate(signal: AbortSignal, options: EvaluateOptions): Promise<void> {
  const { readCaptionedImages, selectListed } = await import('#engine/datasets/captioned-photos.ts')
  const { requireOutputs, writeOutput } = await import('#engine/files/output-place.ts')
  const { captionSet } = await import('../caption-set.ts')

  const rules = { inputs: [options.captions, options.list], replace: options.replace }
  requireOutputs([options.json, options.results], rules)
  const all = await readCaptionedImages(options.captions, options.images)
  const listed = options.list === undefined ? all : await selectListed(all, options.list)
  const images = listed.filter(({ captions }) => captions.length > 0)
  const {
    texts,
    model: { manifest },
  } = await captionSet({ ...options, images, signal })
  const { corpus, provenance } = await evaluateWithProgress(
    { images: images.map(({ path, captions }) => ({ id: path, candidate: texts.get(path) ?? '', references: captions })), metrics: usualMetrics(), signal },
    'Scoring',
  )
  console.log(table([['metric', 'score'], ...Object.entries(corpus).map(([name, value]) => [name, decimals(value)])]))
  console.log(scoredOn(images.length, listed.length, provenance))
  if (options.json !== undefined) {
    const summary = { corpus, images: images.length, provenance: { model: manifest.id, beam: options.beam, ...provenance } }
    await writeOutput(options.json, `${JSON.stringify(summary, null, 2)}\n`, rules)
  }
  if (options.results !== undefined) {
    const results = images.map(({ id, path, fileName }) => ({ image_id: id ?? fileName, caption: texts.get(path) ?? '' }))
    await writeOutput(options.results, `${JSON.stringify(results, null, 1)}\n`, rules)
  }
}
