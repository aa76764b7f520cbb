import { requireOutputs, writeOutput } from '#engine/files/output-place.ts'
import { basename } from 'node:path'
import type { Command } from 'commander'
import type { Evaluation } from '#engine/metrics/evaluate.ts'
import { action } from '../../action.ts'
import { failuresAsJson, failureTable, measureFailures, type FailureOptions, type Failures } from '../../score-failures.ts'
import { between, decimals, evaluateWithProgress, evaluationSettings, readMatched, scoredOn, table, withScoringOptions } from '../../scoring.ts'
import type { ScoringOptions } from '../../scoring.ts'
import { wholeNumber } from '../../numbers.ts'

interface ScoreOptions extends ScoringOptions, FailureOptions {
  results: string
  failures?: true
  perImage?: string
  json?: string
  replace: boolean
}

/** `capstan score`: a COCO results file against references, with coco-caption's metrics. */
export function registerScore(program: Command): void {
  withScoringOptions(program.command('score').description('score captions against references, as coco-caption does'))
    .requiredOption('--results <file>', 'COCO results JSON: [{"image_id": …, "caption": …}, …]')
    .option('--per-image <file>', 'write one JSON line an image: {"image_id": …, "scores": {…}}')
    .option('--json <file>', 'write {"corpus": {…}, "images": n, "provenance": {…}}')
    .option('--replace', 'overwrite files that are there already', false)
    .option('--bootstrap <n>', 'resamples for 95% intervals, 0 for none', wholeNumber(0, 1_000_000), 0)
    .option('--failures', 'also measure length, repetition, endings, rare words, vocabulary, novelty and hallucinated objects')
    .option('--training <file>', 'COCO captions JSON the model learned from: word frequencies and novelty are measured by it')
    .option('--instances <file>', 'COCO instances JSON: the objects that are in the images')
    .action(action('Nothing was written.', score))
}

async function score(signal: AbortSignal, options: ScoreOptions): Promise<void> {
  const { readReferences } = await import('#engine/datasets/scored-captions.ts')
  const { bootstrapIntervals } = await import('#engine/metrics/statistics/bootstrap.ts')
  const inputs = [options.references, options.results, options.training, options.instances, options.documentFrequency]
  const rules = { inputs, replace: options.replace }
  requireOutputs([options.perImage, options.json], rules)
  const settings = await evaluationSettings(options, signal)
  const { images, withoutResult } = await readMatched(await readReferences(options.references), options.results)
  const evaluation = await evaluateWithProgress({ ...settings, images }, 'Scoring')
  const { bootstrap: resamples, seed } = options
  const intervals = resamples > 0 ? bootstrapIntervals(evaluation.statistics, { resamples, seed }) : {}

  const interval = (name: string): string => (name in intervals ? between(intervals[name]) : '')
  const rows = Object.entries(evaluation.corpus).map(([name, value]) => [name, decimals(value), interval(name)])
  console.log(table([['metric', 'score', resamples > 0 ? '95% interval' : ''], ...rows]))
  console.log(scoredOn(images.length, images.length + withoutResult, evaluation.provenance))
  const failures = options.failures ? await measureFailures(evaluation.tokenized, options) : undefined
  if (failures) console.log(`\n${failureTable(failures)}`)
  if (options.perImage !== undefined) await writeOutput(options.perImage, perImageLines(evaluation, failures), rules)
  if (options.json !== undefined) {
    const provenance = { ...evaluation.provenance, references: basename(options.references), results: basename(options.results) }
    const report = {
      corpus: evaluation.corpus,
      images: images.length,
      ...(resamples > 0 ? { intervals, resamples, seed } : {}),
      ...(evaluation.spiceDetails ? { spice: evaluation.spiceDetails.subsets } : {}),
      ...(failures ? { failures: failuresAsJson(failures) } : {}),
      provenance,
    }
    await writeOutput(options.json, `${JSON.stringify(report, null, 2)}\n`, rules)
  }
}

function perImageLines(evaluation: Evaluation, failures: Failures | undefined): string {
  const lines = Array.from(evaluation.perImage, ([id, scores]) => {
    const spice = evaluation.spiceDetails?.perImage.get(id)
    const wrong = failures && { ...failures.report.perImage.get(id), ...failures.chair.perImage.get(id) }
    return JSON.stringify({ image_id: id, scores, ...(spice ? { spice: spice.subsets } : {}), ...(wrong ? { failures: wrong } : {}) })
  })
  return `${lines.join('\n')}\n`
}
