/** What `score` prints and writes, and `merge` from its shards. */
import { requireOutputs, writeOutput, type OutputRules } from '#engine/files/output-place.ts'
import { textPieces } from '#engine/files/text-pieces.ts'
import type { SummedEvaluation } from '#engine/metrics/scored-rows.ts'
import { between, decimals, scoredOn, table } from '../scoring.ts'
import { failuresAsJson, failureTable, type Failures } from '../score-failures.ts'

export interface ScoreReport {
  /** Images that were scored, and all that have references. */
  images: { scored: number; all: number }
  /** Names of the files that were scored, without their folders. */
  files: { references: string; results: string }
  /** Of the bootstrap; 0 for no intervals. */
  resamples: number
  seed: number
  failures?: Failures | undefined
}

export interface ScoreOutputs {
  json: string | undefined
  perImage: string | undefined
  rules: OutputRules
}

/** @throws AppError as `requireOutputs` */
export function requireScoreOutputs({ json, perImage, rules }: ScoreOutputs): void {
  requireOutputs([perImage, json], rules)
}

export async function reportScores(evaluation: SummedEvaluation, report: ScoreReport, { json, perImage, rules }: ScoreOutputs): Promise<void> {
  const { bootstrapIntervals } = await import('#engine/metrics/statistics/bootstrap.ts')
  const { images, files, resamples, seed, failures } = report
  const intervals = resamples > 0 ? bootstrapIntervals(evaluation.statistics, { resamples, seed }) : {}
  const interval = (name: string): string => (name in intervals ? between(intervals[name]) : '')
  const rows = Object.entries(evaluation.corpus).map(([name, value]) => [name, decimals(value), interval(name)])
  console.log(table([['metric', 'score', resamples > 0 ? '95% interval' : ''], ...rows]))
  console.log(scoredOn(images.scored, images.all, evaluation.provenance))
  if (failures) console.log(`\n${failureTable(failures)}`)
  if (perImage !== undefined) await writeOutput(perImage, textPieces(perImageLines(evaluation, failures)), rules)
  if (json === undefined) return
  const written = {
    corpus: evaluation.corpus,
    images: images.scored,
    ...(resamples > 0 ? { intervals, resamples, seed } : {}),
    ...(evaluation.spiceDetails ? { spice: evaluation.spiceDetails.subsets } : {}),
    ...(failures ? { failures: failuresAsJson(failures) } : {}),
    provenance: { ...evaluation.provenance, ...files },
  }
  await writeOutput(json, `${JSON.stringify(written, null, 2)}\n`, rules)
}

function* perImageLines({ perImage, spiceDetails }: SummedEvaluation, failures: Failures | undefined): Generator<string> {
  for (const [id, scores] of perImage) {
    const spice = spiceDetails?.perImage.get(id)
    const wrong = failures && { ...failures.report.perImage.get(id), ...failures.chair.perImage.get(id) }
    yield `${JSON.stringify({ image_id: id, scores, ...(spice ? { spice: spice.subsets } : {}), ...(wrong ? { failures: wrong } : {}) })}\n`
  }
}
