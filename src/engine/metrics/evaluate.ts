/** A whole evaluation from raw captions: tokenize, score, and say what the scores stand on. */
import { AppError } from '#shared/errors.ts'
import type { DocumentFrequency } from '#shared/metrics/document-counter.ts'
import { summable, type MetricTools, type ToolMetric } from '#shared/metrics/metric.ts'
import { corpusValues, type MetricValues, type SummableMetric } from '#shared/metrics/summable.ts'
import { inTableOrder, metricsAskedFor, type MetricName } from '#shared/metrics/table.ts'
import { ptbTokenizeCorpus } from '../text/ptb-tokenizer.ts'
import type { ImageId } from '#shared/domain.ts'
import type { CaptionedImage } from './match-results.ts'
import { openMeteor, type MeteorOptions, type MeteorScorer } from './meteor/meteor.ts'
import { frequencyProvenance, scoreCorpus, valuesOfImage, type FrequencyProvenance, type ImageToScore } from './score-corpus.ts'
import type { SpiceInstallation } from './spice/installation.ts'
import type { SpiceImageScores } from './spice/output.ts'
import { runSpice } from './spice/spice.ts'

export interface EvaluationRequest {
  images: readonly CaptionedImage[]
  /** As they are asked for: METEOR is the variant whose resources are given, under its own name. */
  metrics: readonly MetricName[]
  documentFrequency?: DocumentFrequency | undefined
  /** METEOR's resources, or METEOR with them open */
  meteor?: MeteorOptions | MeteorScorer | undefined
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

/** How captions are scored, whichever they are. */
export type EvaluationSettings = Omit<EvaluationRequest, 'images'>

/**
 * Scores raw captions with coco-caption's tokenizer and conventions.
 * @throws AppError `cancelled`; `unavailable` for a metric without its tool; `bad-input` as scoreCorpus
 */
export async function evaluate({ images, ...settings }: EvaluationRequest): Promise<Evaluation> {
  settings.onProgress?.({ stage: 'tokens', done: 0, total: images.length })
  const tokenized = tokenizeImages(images)
  await breathe(settings.signal)
  return evaluateTokens(tokenized, settings)
}

/** The same for captions that are tokenized. @throws AppError as `evaluate` */
export async function evaluateTokens(tokenized: ImageToScore[], given: EvaluationSettings): Promise<Evaluation> {
  const settings = await withMeteorOpen(given)
  const { metrics, documentFrequency, signal } = settings
  const report = (stage: string, done: number): void => settings.onProgress?.({ stage, done, total: tokenized.length })
  report('scores', 0)
  const { corpus, perImage, statistics } = scoreCorpus({ images: tokenized, metrics, documentFrequency })
  const evaluation: Evaluation = { corpus, perImage, provenance: await provenanceOf(settings, tokenized.length), tokenized, statistics }
  await breathe(signal)
  const tools = await openTools(evaluation, settings)
  for (const metric of metricsAskedFor(metrics).filter((each): each is ToolMetric => each.from === 'tool')) {
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

/** METEOR's resources take long to read: what scores several sets reads them once. */
export async function withMeteorOpen(settings: EvaluationSettings): Promise<EvaluationSettings> {
  return settings.metrics.includes('METEOR') ? { ...settings, meteor: await openMeteor(settings.meteor) } : settings
}

/** What scores of `images` images stand on. */
export async function provenanceOf({ metrics, documentFrequency, meteor, spice }: EvaluationSettings, images: number): Promise<EvaluationProvenance> {
  const provenance: EvaluationProvenance = { tokenizer: 'PTB (CoreNLP 3.4.1), punctuation removed', images }
  if (metricsAskedFor(metrics).some(({ needs }) => needs.includes('document frequencies')))
    provenance.documentFrequency = frequencyProvenance(documentFrequency, images)
  if (metrics.includes('METEOR')) {
    const { name, provenance: resources } = await openMeteor(meteor)
    provenance.meteor = { name, ...resources }
  }
  if (metrics.includes('SPICE') && spice !== undefined) provenance.spice = { java: spice.javaVersion }
  return provenance
}

/** Opens what the metrics asked for need, as far as the request says where it is. */
async function openTools(evaluation: Evaluation, { metrics, meteor, spice, signal }: EvaluationSettings): Promise<Partial<MetricTools>> {
  const tools: Partial<MetricTools> = {}
  if (metrics.includes('METEOR')) {
    const { name, segment } = await openMeteor(meteor)
    tools.meteor = { name, statistics: (candidate, references) => segment(candidate, references).statistics }
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
