/** Per-image scores of a cell as JSON lines, and back as metrics whose corpus values can be resampled. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { bleuOfRows, bleuRowWidth } from '#engine/metrics/ngrams/bleu.ts'
import type { Evaluation } from '#engine/metrics/evaluate.ts'
import { statisticsWidth } from '#engine/metrics/meteor/statistics.ts'
import { meteorOfRows } from '#engine/metrics/meteor/summable.ts'
import { averaged, type SummableMetric } from '#engine/metrics/statistics/summable.ts'
import { writeWhole } from '#engine/workspace/export/write-file.ts'
import { AppError } from '#shared/errors.ts'

const lineSchema = z.strictObject({
  /** The photo's file name. */
  image: z.string(),
  caption: z.string(),
  scores: z.record(z.string(), z.number()),
  /** What corpus BLEU and METEOR are made of, by metric family. */
  statistics: z.record(z.string(), z.array(z.number())),
})
export type ScoredPhoto = z.infer<typeof lineSchema>

/** The scores of every judged photo, with what resampling needs beyond them. */
export function scoredPhotos({ perImage, statistics }: Evaluation, captions: ReadonlyMap<string, string>): ScoredPhoto[] {
  const beyondMeans = statistics.filter(({ width }) => width > 1)
  return [...perImage].map(([id, scores], position) => ({
    image: String(id),
    caption: captions.get(String(id)) ?? '',
    scores,
    statistics: Object.fromEntries(
      beyondMeans.map(({ names, width, rows }) => [familyOf(names[0]), [...rows.subarray(position * width, (position + 1) * width)]]),
    ),
  }))
}

export async function writeScoredPhotos(file: string, photos: readonly ScoredPhoto[]): Promise<void> {
  await writeWhole(file, photos.map((photo) => `${JSON.stringify(photo)}\n`).join(''))
}

/** @throws AppError `corrupt` */
export async function readScoredPhotos(file: string): Promise<ScoredPhoto[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
  return lines.map((line, index) => {
    try {
      return lineSchema.parse(JSON.parse(line))
    } catch (cause) {
      throw corrupt(`${file}, line ${index + 1}, cannot be read`, cause)
    }
  })
}

/** The metrics of some photos, named as they were scored. All photos must have the same metrics. */
export function summableMetrics(photos: readonly ScoredPhoto[]): SummableMetric[] {
  const families = new Set(Object.keys(photos[0]?.scores ?? {}).map(familyOf))
  return [...families].map((family) => {
    if (family === 'Bleu') return bleuOfRows(rowsOf(photos, family, bleuRowWidth))
    if (family.startsWith('METEOR')) return meteorOfRows(family, rowsOf(photos, family, statisticsWidth))
    return averaged(
      family,
      Float64Array.from(photos, ({ scores }) => scores[family]),
    )
  })
}

/** BLEU-1 to 4 come from the same counts. */
function familyOf(metric: string): string {
  return metric.startsWith('Bleu_') ? 'Bleu' : metric
}

function rowsOf(photos: readonly ScoredPhoto[], family: string, width: number): Float64Array {
  const rows = new Float64Array(photos.length * width)
  photos.forEach(({ image, statistics }, position) => {
    const row: readonly number[] | undefined = statistics[family]
    if (row?.length !== width) throw corrupt(`the ${family} statistics of ${image} are not there`)
    rows.set(row, position * width)
  })
  return rows
}

function corrupt(reason: string, cause?: unknown): AppError {
  return new AppError('corrupt', `Stored scores cannot be used: ${reason}.`, {
    kept: 'The model is kept.',
    todo: 'Remove the cell’s cell.json to judge it again.',
    ...(cause === undefined ? {} : { cause }),
  })
}
