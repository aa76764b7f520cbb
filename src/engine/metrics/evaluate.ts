/** A whole evaluation from raw captions: tokenize, score, and say what the scores stand on. */
import { AppError } from '#shared/errors.ts'
import type { DocumentFrequency } from '#shared/metrics/document-counter.ts'
import { summable, type MetricTools, type ToolMetric } from '#shared/metrics/metric.ts'
import { corpusValues, type MetricValues, type SummableMetric } from '#shared/metrics/summable.ts'
import { inTableOrder, metricsAskedFor, type MetricName } from '#shared/metrics/table.ts'
import { ptbTokenizeCorpus } from '../text/ptb-tokenizer.ts'
import type { ImageId } from '#shared/domain.ts'
import type { CaptionedImage } from './match-results.ts'
import { openMeteor, type MeteorOptions } from './meteor/meteor.ts'
import { scoreCorpus, valuesOfImage, type FrequencyProvenance, type ImageToScore } from './score-corpus.ts'
import type { SpiceInstallation } from './spice/installation.ts'
import type { SpiceImageScores } from './spice/output.ts'
import { runSpice } from './spice/spice.ts'

export interface EvaluationRequest {
  images: readonly CaptionedImage[]
  /** As they are asked for: METEOR is the variant whose resources are given, under its own name. */
  metrics: readonly MetricName[]
  documentFrequency?: DocumentFrequency | undefined
  meteor?: MeteorOptions | undefined
  /** needed for SPICE */
  spice?: SpiceInstallation | undefined
  signal?: AbortSignal | undefined
  onProgress?: ((progress: EvaluationProgress) => void) | undefined
}

export interface EvaluationProgress {
  /** The words are read, metrics of words computed, or a metric that needs a tool, by the name it is asked for. */
  stage: string
  done: number
  total: number
}

export interface EvaluationProvenance {
  tokenizer: string
  images: number
  documentFrequency?: FrequencyProvenance
  meteor?: { name: string; resources: string; paraphrases: string | null }
  spice?: { java: string }
}

export interface Evaluation {
  /** by name, METEOR under the name of the variant that was run */
  corpus: MetricValues
  perImage: Map<ImageId, MetricValues>
  provenance: EvaluationProvenance
  /** the tokenized images, for failure measures */
  tokenized: ImageToScore[]
  statistics: SummableMetric[]
  spiceDetails?: { subsets: Record<string, number | null>; perImage: Map<ImageId, SpiceImageScores> }
}

/**
 * Scores raw captions with coco-caption's tokenizer and conventions.
 * @throws AppError `cancelled`; `unavailable` for a metric without its tool; `bad-input` as scoreCorpus
 */
export async function evaluate(request: EvaluationRequest): Promise<Evaluation> {
  const { images, metrics, signal } = request
  const report = (stage: string, done: number): void => request.onProgress?.({ stage, done, total: images.length })
  report('tokens', 0)
  const tokenized = tokenizeImages(images)
  await breathe(signal)
  report('scores', 0)
  const { corpus, perImage, statistics, provenance: words } = scoreCorpus({ images: tokenized, metrics, documentFrequency: request.documentFrequency })
  const asked = metricsAskedFor(metrics)
  const provenance: EvaluationProvenance = { tokenizer: 'PTB (CoreNLP 3.4.1), punctuation removed', images: images.length }
  if (asked.some(({ needs }) => needs.includes('document frequencies'))) provenance.documentFrequency = words.documentFrequency
  const evaluation: Evaluation = { corpus, perImage, provenance, tokenized, statistics }
  await breathe(signal)
  const tools = await openTools(evaluation, request)
  for (const metric of asked.filter((each): each is ToolMetric => each.from === 'tool')) {
    if (metric.askedAs === 'METEOR' && tools.meteor !== undefined && !Object.hasOwn(metric.titles, tools.meteor.name)) continue
    const stage = metric.askedAs ?? Object.keys(metric.titles)[0]
    report(stage, 0)
    const rows = await metric.rows(tokenized, tools, async (done) => {
      report(stage, done)
      await breathe(signal)
    })
    addMetric(evaluation, summable(metric, rows))
  }
  return inUsualOrder(evaluation)
}

/** Opens what the metrics asked for need, as far as the request says where it is. */
async function openTools(evaluation: Evaluation, { metrics, meteor, spice, signal }: EvaluationRequest): Promise<Partial<MetricTools>> {
  const tools: Partial<MetricTools> = {}
  if (metrics.includes('METEOR')) {
    const { name, provenance, segment } = await openMeteor(meteor)
    tools.meteor = { name, statistics: (candidate, references) => segment(candidate, references).statistics }
    evaluation.provenance.meteor = { name, ...provenance }
  }
  if (metrics.includes('SPICE') && spice !== undefined) {
    tools.spice = async (images, onProgress) => {
      const given = images.map(({ id, candidate, references }) => ({
        id,
        candidate: candidate.join(' '),
        references: references.map((tokens) => tokens.join(' ')),
      }))
      const { perImage, subsets } = await runSpice(spice, given, { ...(signal ? { signal } : {}), onProgress: ({ done }) => onProgress(done) })
      evaluation.spiceDetails = { subsets, perImage }
      evaluation.provenance.spice = { java: spice.javaVersion }
      return images.map(({ id }) => perImage.get(id)?.all.f ?? 0)
    }
  }
  return tools
}

/** Candidates and references each in one pass over the whole set, as coco-caption reads them. */
export function tokenizeImages(images: readonly CaptionedImage[]): ImageToScore[] {
  const candidates = ptbTokenizeCorpus(images.map(({ candidate }) => candidate))
  const references = tokenizeReferences(images.map((image) => image.references))
  return images.map(({ id }, position) => ({ id, candidate: candidates[position], references: references[position] }))
}

/** The references of many images, in one pass. */
export function tokenizeReferences(captions: readonly (readonly string[])[]): string[][][] {
  const tokenized = ptbTokenizeCorpus(captions.flat())
  let next = 0
  return captions.map(({ length }) => tokenized.slice(next, (next += length)))
}

function addMetric(evaluation: Evaluation, metric: SummableMetric): void {
  evaluation.statistics.push(metric)
  Object.assign(evaluation.corpus, corpusValues([metric], evaluation.tokenized.length))
  evaluation.tokenized.forEach(({ id }, position) => Object.assign(evaluation.perImage.get(id) ?? {}, valuesOfImage([metric], position)))
}

/** The order in which tables of the field stand. */
function inUsualOrder(evaluation: Evaluation): Evaluation {
  const perImage = new Map(Array.from(evaluation.perImage, ([id, scores]) => [id, inTableOrder(scores)]))
  const byName = inTableOrder(Object.fromEntries(evaluation.statistics.map((metric) => [metric.names[0], metric])))
  return { ...evaluation, corpus: inTableOrder(evaluation.corpus), perImage, statistics: Object.values(byName) }
}

/** Lets events through, so that a cancel arrives. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if (signal?.aborted) throw new AppError('cancelled', 'Scoring was cancelled.', { kept: 'No score was stored.' })
}
