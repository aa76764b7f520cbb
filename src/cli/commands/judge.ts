import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { action } from '../action.ts'
import { usualMetrics } from '#shared/metrics/table.ts'
import { wholeNumber } from '../numbers.ts'
import { decimals, scoredOn, table } from '../scoring.ts'

interface JudgeOptions {
  captions: string
  images: string
  list?: string
  json?: string
  replace: boolean
  title: string
  beam: number
  encoders: string
  threads: number
}

/** `capstan judge`: captions a captioned set with a model and writes what came of it into the model's card. */
export function registerJudge(program: Command): void {
  program
    .command('judge')
    .description('judge a model on a captioned set and write scores with intervals, and its captions from the best to the worst, into its model card')
    .argument('<model>', 'model package')
    .requiredOption('--captions <file>', 'Flickr8k token file or COCO captions JSON')
    .requiredOption('--images <folder>', 'where the photos are; captioned photos that are not there are left out')
    .requiredOption('--title <text>', 'what the set is called in the card')
    .option('--list <file>', 'names of the photos to judge by, one a line (default: all)')
    .option('--beam <n>', 'beam width, 1 = greedy', wholeNumber(1, 100), 3)
    .option('--json <file>', 'write {"corpus": {…}, "images": n, "provenance": {…}}')
    .option('--replace', 'overwrite a file of --json that is there already', false)
    .option('--encoders <folder>', 'where encoder packages are', 'models/encoders')
    .option('--threads <n>', 'threads, 0 = one per core', wholeNumber(0), 0)
    .action(action('The model’s card was not changed and nothing was written.', judge))
}

async function judge(signal: AbortSignal, model: string, options: JudgeOptions): Promise<void> {
  const { readCaptionedImages, selectListed } = await import('#engine/datasets/captioned-photos.ts')
  const { evaluate } = await import('#engine/metrics/evaluate.ts')
  const { bootstrapIntervals } = await import('#engine/metrics/statistics/bootstrap.ts')
  const { failureReport } = await import('#engine/metrics/failures/failures.ts')
  const { judgedSection, withSection } = await import('#engine/models/judged-section.ts')
  const { requireOutputs, writeOutput } = await import('#engine/files/output-place.ts')
  const { writeWhole } = await import('#engine/files/write-whole.ts')
  const { AppError } = await import('#shared/errors.ts')
  const { captionSet } = await import('../caption-set.ts')

  const rules = { inputs: [options.captions, options.list], replace: options.replace }
  requireOutputs([options.json], rules)
  const all = await readCaptionedImages(options.captions, options.images)
  const listed = options.list === undefined ? all : await selectListed(all, options.list)
  const there = await Promise.all(
    listed.map(({ path }) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  const images = listed.filter(({ captions }, index) => there[index] && captions.length > 0)
  if (images.length === 0) {
    throw new AppError('too-little-data', `None of the ${listed.length} captioned photos is in ${options.images}.`, { todo: 'Check the folder of the photos.' })
  }
  // A cache of its own: the speed that the card tells is from file to caption.
  const features = await mkdtemp(join(tmpdir(), 'capstan-judge-'))
  const { texts, photosPerSecond } = await captionSet({ ...options, model, images, features, signal }).finally(() =>
    rm(features, { recursive: true, force: true }),
  )
  const scored = await evaluate({
    images: images.map(({ path, captions }) => ({ id: path, candidate: texts.get(path) ?? '', references: captions })),
    metrics: usualMetrics(),
    signal,
  })
  const failures = failureReport(scored.tokenized)
  const { section, list, listName } = judgedSection({
    title: options.title,
    command: `capstan judge ${commandLine(model, options)}`,
    beam: options.beam,
    photosPerSecond,
    scores: bootstrapIntervals(scored.statistics),
    failures: {
      'say a word twice in a row': failures.repeatedWordShare,
      'repeat three words': failures.repeatedTrigramShare,
      'end in a word that cannot end a sentence': failures.badEndingShare,
    },
    captions: images.map(({ path, fileName }) => ({ name: fileName, caption: texts.get(path) ?? '', cider: scored.perImage.get(path)?.['CIDEr'] ?? 0 })),
  })
  const cardFile = join(model, 'README.md')
  const card = await readFile(cardFile, 'utf8')
  await writeWhole(join(model, listName), list)
  await writeWhole(cardFile, withSection(card, options.title, section))
  console.log(table([['metric', 'score'], ...Object.entries(scored.corpus).map(([name, value]) => [name, decimals(value)])]))
  console.log(scoredOn(images.length, listed.length, scored.provenance))
  if (options.json !== undefined) {
    await writeOutput(options.json, `${JSON.stringify({ corpus: scored.corpus, images: images.length, provenance: scored.provenance }, null, 2)}\n`, rules)
  }
}

/** The command that repeats it, file names without their folders. */
function commandLine(model: string, { captions, images, list, title, beam }: JudgeOptions): string {
  const last = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '') ?? path
  const words = [model, '--captions', last(captions), '--images', last(images), ...(list === undefined ? [] : ['--list', last(list)]), '--beam', String(beam)]
  return `${words.join(' ')} --title "${title}"`
}
