/** `compare --report`: the comparison of files of captions as one HTML file. */
import { basename } from 'node:path'
import { hashFile } from '#engine/files/content-hash.ts'
import type { Evaluation, EvaluationProvenance } from '#engine/metrics/evaluate.ts'
import type { CaptionedImage } from '#engine/metrics/match-results.ts'
import type { MetricComparison } from '#engine/metrics/statistics/comparison.ts'
import { bothEnds, comparisonPage, pictureSize, type ReportedMetric, type ReportedPair, type ReportedPhoto } from '#engine/reports/comparison-report.ts'
import type { Fact } from '#engine/reports/page.ts'
import type { ImageId } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { metricTitle } from '#shared/metrics/table.ts'

/** One results file with its scores. */
export interface System {
  name: string
  file: string
  images: readonly CaptionedImage[]
  scored: Evaluation
}

export interface ComparedFiles {
  systems: readonly System[]
  /** Each later system to the first. */
  compared: readonly (readonly MetricComparison[])[]
  references: string
  /** File names of the photos, by image, and the folder that they are in. */
  names: ReadonlyMap<ImageId, string>
  folder: string | undefined
  note: string
  command: string
}

/** @throws AppError `bad-input` for a name that says another format */
export function requireReportName(file: string | undefined): void {
  if (file === undefined || /\.html?$/i.test(file)) return
  throw new AppError('bad-input', `It is not clear how to write ${file}.`, {
    kept: 'Nothing was written.',
    todo: 'End its name in .html. The window writes PDF, and a browser prints the file as one.',
  })
}

/** The HTML file. Photos are shown where their folder is known and they can be read. */
export async function comparisonFile(all: ComparedFiles): Promise<string> {
  const { systems, compared, references, note, command } = all
  const [first, ...others] = systems
  const { perImage, provenance } = first.scored
  const metrics = Object.keys(first.scored.corpus)
  const single = metrics.includes('CIDEr') ? 'CIDEr' : metrics[0]
  const pairs: ReportedPair[] = []
  for (const { name, images, scored } of others) {
    const of = (id: ImageId, side: Evaluation): number => side.perImage.get(id)?.[single] ?? 0
    const differences = images.map(({ id }) => of(id, scored) - of(id, first.scored))
    const shown = async (places: readonly number[]): Promise<ReportedPhoto[]> => {
      const photos: ReportedPhoto[] = []
      for (const place of places) {
        const { id, candidate, references: texts } = images[place]
        photos.push({
          name: all.names.get(id) ?? String(id),
          picture: await pictureOf(all, id),
          references: texts,
          before: { text: first.images[place].candidate, score: perImage.get(id)?.[single] ?? null },
          after: { text: candidate, score: scored.perImage.get(id)?.[single] ?? null },
        })
      }
      return photos
    }
    const { worst, best } = bothEnds(differences)
    pairs.push({ name, differences, worst: await shown(worst), best: await shown(best) })
  }
  return comparisonPage({
    title: systems.length === 2 ? `${first.name} and ${others[0].name}` : `${systems.length} files of captions, each beside ${first.name}`,
    set: basename(references),
    photos: first.images.length,
    facts: [...(await fileFacts(references)), ...scoringFacts(provenance)],
    systems: await Promise.all(
      systems.map(async ({ name, file }) => ({ name, facts: [...(await fileFacts(file)), { title: 'Captions', value: 'as the file has them' }] })),
    ),
    metrics: metrics.map((metric) => reportedMetric(metric, systems, compared)),
    metric: metricTitle(single),
    pairs,
    notes: [`${note}.`],
    commands: [command],
    madeAt: new Date().toISOString().slice(0, 10),
  })
}

function reportedMetric(metric: string, systems: readonly System[], compared: readonly (readonly MetricComparison[])[]): ReportedMetric {
  return {
    title: metricTitle(metric),
    scores: systems.map(({ scored }) => scored.corpus[metric] ?? null),
    differences: compared.map((metrics) => {
      const found = metrics.find((each) => each.metric === metric)
      if (found === undefined) return null
      const { difference, bootstrapP } = found
      // Of a single image there is no interval to speak of.
      return systems[0].images.length < 2
        ? { value: difference.value, interval: null, p: null }
        : { value: difference.value, interval: difference, p: bootstrapP }
    }),
  }
}

async function fileFacts(file: string): Promise<Fact[]> {
  return [
    { title: 'File', value: basename(file) },
    { title: 'SHA-256', value: await hashFile(file) },
  ]
}

function scoringFacts({ tokenizer, documentFrequency, meteor, spice }: EvaluationProvenance): Fact[] {
  const table = documentFrequency?.source === 'stored-table' ? `by the table ${documentFrequency.id} of ${documentFrequency.images} images` : 'by these images'
  return [
    { title: 'Words', value: `by ${tokenizer}` },
    ...(documentFrequency === undefined ? [] : [{ title: 'CIDEr', value: table }]),
    ...(meteor === undefined ? [] : [{ title: 'METEOR', value: `${meteor.name} with ${meteor.resources}` }]),
    ...(spice === undefined ? [] : [{ title: 'SPICE', value: `with Java ${spice.java}` }]),
  ]
}

/** Null where there is no folder, no name, or no photo that can be shown: a report without a picture is better than none. */
async function pictureOf({ names, folder }: ComparedFiles, id: ImageId): Promise<Uint8Array | null> {
  const name = names.get(id)
  if (folder === undefined || name === undefined) return null
  const { nativeName, pathInside } = await import('#engine/datasets/photo-paths.ts')
  const { readImageFile } = await import('#engine/vision/photos/image.ts')
  const { photoTask } = await import('#engine/vision/photos/photo-tasks.ts')
  const path = pathInside(folder, nativeName(name))
  if (path === null) return null
  return readImageFile(path, folder)
    .then((bytes) => photoTask('picture', { bytes, size: pictureSize }))
    .catch(() => null)
}
