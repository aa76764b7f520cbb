/** What `judge` does before and after the photos are captioned; `merge` of its shards does the second half. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import type { OutputRules } from '#engine/files/output-place.ts'
import { AppError } from '#shared/errors.ts'
import { usualMetrics } from '#shared/metrics/table.ts'
import { decimals, scoredOn, table } from '../scoring.ts'

export interface JudgedSet {
  captions: string
  images: string
  list?: string | undefined
  title: string
  beam: number
}

export interface PhotosToJudge {
  images: CaptionedImage[]
  /** Captioned photos, there or not. */
  listed: number
}

/** Captioned photos that are there. @throws AppError `too-little-data` where none is */
export async function photosToJudge({ captions, images: folder, list }: JudgedSet): Promise<PhotosToJudge> {
  const { readCaptionedImages, selectListed } = await import('#engine/datasets/captioned-photos.ts')
  const all = await readCaptionedImages(captions, folder)
  const listed = list === undefined ? all : await selectListed(all, list)
  const there = await Promise.all(
    listed.map(({ path }) =>
      stat(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  const images = listed.filter((image, index) => there[index] && image.captions.length > 0)
  if (images.length === 0) {
    throw new AppError('too-little-data', `None of the ${listed.length} captioned photos is in ${folder}.`, { todo: 'Check the folder of the photos.' })
  }
  return { images, listed: listed.length }
}

export interface Judgement extends PhotosToJudge {
  /** Folder of the package whose card is written. */
  model: string
  /** As the command that the card repeats names it. */
  modelNamed: string
  set: JudgedSet
  /** Captions by the photos' paths. */
  texts: ReadonlyMap<string, string>
  photosPerSecond: number
  json?: string | undefined
  rules: OutputRules
  signal: AbortSignal
}

/** Scores the captions and writes what came of it into the model's card and, where asked for, as JSON. */
export async function writeJudgement({ model, modelNamed, set, images, listed, texts, photosPerSecond, json, rules, signal }: Judgement): Promise<void> {
  const { evaluate } = await import('#engine/metrics/evaluate.ts')
  const { bootstrapIntervals } = await import('#engine/metrics/statistics/bootstrap.ts')
  const { failureReport } = await import('#engine/metrics/failures/failures.ts')
  const { judgedSection, withSection } = await import('#engine/models/judged-section.ts')
  const { writeOutput } = await import('#engine/files/output-place.ts')
  const { writeWhole } = await import('#engine/files/write-whole.ts')
  const scored = await evaluate({
    images: images.map(({ path, captions }) => ({ id: path, candidate: texts.get(path) ?? '', references: captions })),
    metrics: usualMetrics(),
    signal,
  })
  const failures = failureReport(scored.tokenized)
  const { section, list, listName } = judgedSection({
    title: set.title,
    command: `capstan judge ${commandLine(modelNamed, set)}`,
    beam: set.beam,
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
  await writeWhole(cardFile, withSection(card, set.title, section))
  console.log(table([['metric', 'score'], ...Object.entries(scored.corpus).map(([name, value]) => [name, decimals(value)])]))
  console.log(scoredOn(images.length, listed, scored.provenance))
  if (json !== undefined) {
    await writeOutput(json, `${JSON.stringify({ corpus: scored.corpus, images: images.length, provenance: scored.provenance }, null, 2)}\n`, rules)
  }
}

/** The command that repeats it, file names without their folders. */
function commandLine(model: string, { captions, images, list, title, beam }: JudgedSet): string {
  const last = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '') ?? path
  const words = [model, '--captions', last(captions), '--images', last(images), ...(list === undefined ? [] : ['--list', last(list)]), '--beam', String(beam)]
  return `${words.join(' ')} --title "${title}"`
}
