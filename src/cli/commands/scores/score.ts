import { basename } from 'node:path'
import type { Command } from 'commander'
import { AppError } from '#shared/errors.ts'
import { action, saysItself } from '../../action.ts'
import { measureFailures, type FailureOptions } from '../../score-failures.ts'
import { reportScores, requireScoreOutputs } from '../../reports/score-report.ts'
import { evaluateWithProgress, evaluationSettings, readMatched, withScoringOptions } from '../../scoring.ts'
import type { ScoringOptions } from '../../scoring.ts'
import { wholeNumber } from '../../numbers.ts'

interface ScoreOptions extends ScoringOptions, FailureOptions {
  results: string
  failures?: true
  perImage?: string
  json?: string
  replace: boolean
  shard?: string
  out?: string
}

/** `capstan score`: a COCO results file against references, with coco-caption's metrics. */
export function registerScore(program: Command): void {
  withScoringOptions(program.command('score').description('score captions against references, as coco-caption does'))
    .requiredOption('--results <file>', 'COCO results JSON: [{"image_id": …, "caption": …}, …]')
    .option('--per-image <file>', 'write one JSON line an image: {"image_id": …, "scores": {…}}')
    .option('--json <file>', 'write {"corpus": {…}, "images": n, "provenance": {…}}')
    .option('--replace', 'overwrite files that are there already', false)
    .option('--bootstrap <n>', 'resamples for 95% intervals, 0 for none', wholeNumber(0, 1_000_000), 0)
    .option('--shard <i/n>', 'score only the i-th of n shares and write a shard, which `merge` takes; auto: by the Slurm array’s task')
    .option('--out <file>', 'with --shard: where the shard goes')
    .option('--failures', 'also measure length, repetition, endings, rare words, vocabulary, novelty and hallucinated objects')
    .option('--training <file>', 'COCO captions JSON the model learned from: word frequencies and novelty are measured by it')
    .option('--instances <file>', 'COCO instances JSON: the objects that are in the images')
    .action(action(saysItself, score))
}

async function score(signal: AbortSignal, options: ScoreOptions): Promise<void> {
  const { readReferences } = await import('#engine/datasets/scored-captions.ts')
  const inputs = [options.references, options.results, options.training, options.instances, options.documentFrequency]
  const outputs = { json: options.json, perImage: options.perImage, rules: { inputs, replace: options.replace } }
  const { bootstrap: resamples, seed } = options
  const files = { references: basename(options.references), results: basename(options.results) }
  if (options.shard !== undefined) {
    if (options.failures ?? outputs.json ?? outputs.perImage)
      throw new AppError('bad-input', 'A shard has neither a report of its own nor failures, which are counted over the whole set.', {
        kept: 'Nothing was begun.',
        todo: 'Leave --json and --per-image to merge, and measure --failures without --shard.',
      })
    const { scoreShard } = await import('../../sharded/scored-shards.ts')
    const settings = await evaluationSettings(options, signal)
    const matched = await readMatched(await readReferences(options.references), options.results)
    console.log(await scoreShard(matched, settings, { shard: options.shard, file: options.out, rules: outputs.rules, report: { files, resamples, seed } }))
    return
  }
  requireScoreOutputs(outputs)
  const settings = await evaluationSettings(options, signal)
  const { images, withoutResult } = await readMatched(await readReferences(options.references), options.results)
  const evaluation = await evaluateWithProgress({ ...settings, images }, 'Scoring')
  const failures = options.failures ? await measureFailures(evaluation.tokenized, options) : undefined
  await reportScores(evaluation, { images: { scored: images.length, all: images.length + withoutResult }, files, resamples, seed, failures }, outputs)
}
