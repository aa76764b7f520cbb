/** Per-image scores of a cell as JSON lines, and back as metrics whose corpus values can be resampled. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Evaluation } from '#engine/metrics/evaluate.ts'
import { namesOf, metricTable, storedName } from '#shared/metrics/table.ts'
import { summable, type Metric } from '#shared/metrics/metric.ts'
import type { SummableMetric } from '#shared/metrics/summable.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import { AppError } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'

const lineSchema = z.strictObject({
  /** The photo's file name. */
  image: z.string(),
  caption: z.string(),
  scores: z.record(z.string(), z.number()),
  /** What metrics that are no mean are made of, by the last of their names (BLEU's: by `Bleu` in files of before). */
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
      beyondMeans.map(({ names, width, rows }) => [String(names.at(-1)), [...rows.subarray(position * width, (position + 1) * width)]]),
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
      return lineSchema.parse(parseJson(line))
    } catch (cause) {
      throw corrupt(`${file}, line ${index + 1}, cannot be read`, cause)
    }
  })
}

/** The metrics of some photos, named as they were scored. All photos must have the same metrics. */
export function summableMetrics(photos: readonly ScoredPhoto[]): SummableMetric[] {
  const scored = new Set(Object.keys(photos[0]?.scores ?? {}))
  const entries: readonly Metric[] = metricTable
  return entries.filter((metric) => namesOf(metric).some((name) => scored.has(name))).map((metric) => summable(metric, rowsOf(photos, metric)))
}

function rowsOf(photos: readonly ScoredPhoto[], metric: Metric): Float64Array {
  const { width } = metric
  const name = storedName(metric)
  const rows = new Float64Array(photos.length * width)
  photos.forEach(({ image, scores, statistics }, position) => {
    const row: readonly number[] | undefined = width === 1 ? [scores[name]] : (statistics[name] ?? (name === 'Bleu_4' ? statistics['Bleu'] : undefined))
    if (row?.length !== width) throw corrupt(`the ${name} statistics of ${image} are not there`)
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
