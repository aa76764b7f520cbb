import { requireOutputs, writeOutput } from '#engine/files/output-place.ts'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { AppError } from '#shared/errors.ts'
import { action } from '../action.ts'
import { between, decimals, evaluateWithProgress, evaluationSettings, readMatched, table, withScoringOptions } from '../scoring.ts'
import type { ScoringOptions } from '../scoring.ts'
import { wholeNumber } from '../numbers.ts'

interface CompareOptions extends ScoringOptions {
  a: string
  b: string
  json?: string
  replace: boolean
}

/** `capstan compare`: two results files on the same images, every metric with interval and test. */
export function registerCompare(program: Command): void {
  withScoringOptions(program.command('compare').description('compare two results files: paired bootstrap intervals and p of b − a, with Holm’s correction'))
    .requiredOption('--a <file>', 'COCO results JSON')
    .requiredOption('--b <file>', 'COCO results JSON of the same images')
    .option('--json <file>', 'write the comparison as JSON')
    .option('--replace', 'overwrite files that are there already', false)
    .option('--bootstrap <n>', 'resamples', wholeNumber(1, 1_000_000), 1000)
    .action(action('Nothing was written.', compare))
}

async function compare(signal: AbortSignal, options: CompareOptions): Promise<void> {
  const { readReferences } = await import('#engine/datasets/scored-captions.ts')
  const { compareSystems } = await import('#engine/metrics/statistics/comparison.ts')
  const rules = { inputs: [options.references, options.a, options.b, options.documentFrequency], replace: options.replace }
  requireOutputs([options.json], rules)
  const settings = await evaluationSettings(options, signal)
  const references = await readReferences(options.references)
  const a = await readMatched(references, options.a)
  const b = await readMatched(references, options.b)
  const inB = new Set(b.images.map(({ id }) => id))
  const onlyInOne = a.images.filter(({ id }) => !inB.has(id)).length + b.images.length - a.images.filter(({ id }) => inB.has(id)).length
  if (onlyInOne > 0) {
    throw new AppError('bad-input', `The two files are not of the same images: ${onlyInOne} are in only one of them.`, {
      kept: 'Nothing was scored.',
      todo: 'Give results of the same images.',
    })
  }
  const scoredA = await evaluateWithProgress({ ...settings, images: a.images }, 'a:')
  const scoredB = await evaluateWithProgress({ ...settings, images: b.images }, 'b:')
  const comparison = compareSystems(scoredA, scoredB, { resamples: options.bootstrap, seed: options.seed })

  const rows = comparison.map(({ metric, a: scoreA, b: scoreB, difference, bootstrapP, adjustedP, tTest }) => {
    const signed = (difference.value > 0 ? '+' : '') + decimals(difference.value)
    const p = [bootstrapP, adjustedP].map((value) => value.toPrecision(2))
    return [metric, decimals(scoreA), decimals(scoreB), signed, between(difference), ...p, tTest ? tTest.p.toPrecision(2) : '–']
  })
  console.log(table([['metric', 'a', 'b', 'b − a', '95% interval', 'p (bootstrap)', 'p (Holm)', 'p (paired t)'], ...rows]))
  console.log(
    `${a.images.length} images, ${options.bootstrap} resamples, seed ${options.seed}; the intervals cover these images, not another training of either system`,
  )
  if (options.json !== undefined) {
    const metrics = Object.fromEntries(comparison.map(({ metric, ...rest }) => [metric, rest]))
    const files = { references: basename(options.references), a: basename(options.a), b: basename(options.b) }
    const provenance = { ...scoredA.provenance, ...files, resamples: options.bootstrap, seed: options.seed }
    await writeOutput(options.json, `${JSON.stringify({ metrics, images: a.images.length, provenance }, null, 2)}\n`, rules)
  }
}
