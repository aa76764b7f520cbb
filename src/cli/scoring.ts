/** What `score` and `compare` share: options, files, progress, one scored system. */
import type { Command } from 'commander'
import { AppError } from '#shared/errors.ts'
import type { ReferenceFile } from '#engine/datasets/scored-captions.ts'
import type { Matched } from '#engine/metrics/match-results.ts'
import { askedNames, usualMetrics, type MetricName } from '#shared/metrics/table.ts'
import type { Evaluation, EvaluationProvenance, EvaluationRequest } from '#engine/metrics/evaluate.ts'
import type { Interval } from '#engine/metrics/statistics/bootstrap.ts'
import type { Progress } from './progress.ts'
import { wholeNumber } from './numbers.ts'

export interface ScoringOptions {
  references: string
  metrics?: string
  meteor?: string
  paraphrases?: string
  spice?: string
  java?: string
  documentFrequency?: string
  bootstrap: number
  seed: number
}

/** Adds the options that say how to score. */
export function withScoringOptions(command: Command, references = 'COCO captions JSON'): Command {
  return command
    .requiredOption('--references <file>', references)
    .option('--metrics <names>', `comma-separated: ${offered.join(', ')}, or Bleu for all four`)
    .option('--meteor <path>', 'METEOR’s folder, resources/ or meteor-1.5.jar; without it WordNet 3.1 stands in, under a name of its own')
    .option('--paraphrases <file>', 'paraphrase-en.gz, where it does not lie beside the resources')
    .option('--spice <folder>', 'the SPICE folder; adds SPICE to the metrics')
    .option('--java <file>', 'Java 8 for SPICE (default: $JAVA_HOME, then the path)')
    .option('--document-frequency <file>', 'stored table for CIDEr (default: counted over the images scored, as coco-caption does)')
    .option('--seed <n>', 'seed of the bootstrap', wholeNumber(0), 1)
}

/** Those that captions and references are enough for: embeddings are `clip-score`'s. */
const offered = askedNames(['encoder'])

/** The metrics asked for by name. */
export function chosenMetrics(names: string | undefined, spice: string | undefined): MetricName[] {
  if (names === undefined) return usualMetrics(spice === undefined ? [] : ['SPICE'])
  const chosen = new Set<MetricName>(spice === undefined ? [] : ['SPICE'])
  for (const name of names.split(',').map((each) => each.trim())) {
    const matching = offered.filter((known) => {
      const lower = known.toLowerCase()
      return lower === name.toLowerCase() || (name.toLowerCase() === 'bleu' && lower.startsWith('bleu_'))
    })
    if (matching.length === 0) {
      const todo = `Choose from ${offered.join(', ')}, or Bleu for all four.`
      throw new AppError('bad-input', `There is no metric “${name}”.`, { todo })
    }
    for (const metric of matching) chosen.add(metric)
  }
  return [...chosen]
}

/** Turns the options into everything an evaluation needs but its images. */
export async function evaluationSettings(options: ScoringOptions, signal: AbortSignal): Promise<Omit<EvaluationRequest, 'images'>> {
  const metrics = chosenMetrics(options.metrics, options.spice)
  const { loadDocumentFrequency } = await import('#engine/metrics/document-frequency.ts')
  const documentFrequency = options.documentFrequency === undefined ? undefined : await loadDocumentFrequency(options.documentFrequency)
  const meteor = {
    ...(options.meteor === undefined ? {} : { resources: options.meteor }),
    ...(options.paraphrases === undefined ? {} : { paraphrases: options.paraphrases }),
  }
  if (!metrics.includes('SPICE')) return { metrics, documentFrequency, meteor, signal }
  const { findSpice } = await import('#engine/metrics/spice/installation.ts')
  const status = await findSpice({ folder: options.spice, java: options.java })
  if (status.state === 'unavailable') throw new AppError('unavailable', status.reason, { kept: 'Nothing was scored.' })
  return { metrics, documentFrequency, meteor, spice: status.installation, signal }
}

/** Reads one results file, joins it with the references and says on standard error what was left out. */
export async function readMatched(references: ReferenceFile, path: string): Promise<Matched> {
  const { readResults } = await import('#engine/datasets/scored-captions.ts')
  const { matchResults } = await import('#engine/metrics/match-results.ts')
  const matched = matchResults(references, await readResults(path))
  if (matched.withoutResult > 0) {
    const all = matched.images.length + matched.withoutResult
    process.stderr.write(`${path}: scored on the ${matched.images.length} of ${all} images that have a caption.\n`)
  }
  return matched
}

/** Evaluates with a progress bar. */
export async function evaluateWithProgress(request: EvaluationRequest, title: string): Promise<Evaluation> {
  const { evaluate } = await import('#engine/metrics/evaluate.ts')
  const { progressBar } = await import('./progress.ts')
  let stage = ''
  let bar: Progress | undefined
  try {
    return await evaluate({
      ...request,
      onProgress(progress) {
        // Everything else is done before a bar could be read.
        if (progress.stage !== 'METEOR' && progress.stage !== 'SPICE') return
        if (progress.stage !== stage) {
          bar?.stop()
          stage = progress.stage
          bar = progressBar(`${title} ${stage}`)
        }
        bar?.update(progress.done, progress.total)
      },
    })
  } finally {
    bar?.stop()
  }
}

/** How many of a set's images were scored, and which document frequencies a CIDEr stands on. */
export function scoredOn(scored: number, all: number, { documentFrequency }: EvaluationProvenance): string {
  const images = scored === all ? `${scored} ${scored === 1 ? 'image' : 'images'}` : `${scored} of ${all} images have what they are scored by`
  if (documentFrequency === undefined) return images
  if (documentFrequency.source === 'stored-table') return `${images}; CIDEr by the table ${documentFrequency.id} of ${documentFrequency.images} images`
  const own = `${images}; CIDEr by document frequencies of these images`
  if (scored > 1) return own
  return `${own}: of a single one every n-gram weighs nothing, so CIDEr is 0. Give a stored table with --document-frequency.`
}

/** Rows as aligned columns; the first column to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]))).join('  ')
  return rows.map(line).join('\n')
}

export function decimals(value: number): string {
  return value.toFixed(4)
}

export function between({ low, high }: Interval): string {
  return `${decimals(low)} … ${decimals(high)}`
}
