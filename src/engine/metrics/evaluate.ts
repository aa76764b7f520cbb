/** A whole evaluation from raw captions: tokenize, score, and say what the scores stand on. */
import { AppError } from '#shared/errors.ts'
import { ptbTokenizeCorpus } from '../text/ptb-tokenizer.ts'
import type { CaptionedImage, ImageId } from './coco-files.ts'
import type { DocumentFrequency } from './ngrams/document-frequency.ts'
import { openMeteor, type MeteorOptions } from './meteor/meteor.ts'
import { summableMeteor } from './meteor/summable.ts'
import { tokenMetrics, type Scores, type TokenMetric } from './names.ts'
import { scoreCorpus, type FrequencyProvenance, type ImageToScore } from './score-corpus.ts'
import type { SpiceInstallation } from './spice/installation.ts'
import type { SpiceImageScores } from './spice/output.ts'
import { runSpice } from './spice/spice.ts'
import { averaged, corpusValues, type SummableMetric } from './statistics/summable.ts'

export type MetricName = TokenMetric | 'METEOR' | 'SPICE'
export const metricNames: readonly MetricName[] = [...tokenMetrics.slice(0, 4), 'METEOR', ...tokenMetrics.slice(4), 'SPICE']

export interface EvaluationRequest {
  images: readonly CaptionedImage[]
  /** METEOR without `meteor` resources is the built-in variant, under its own name */
  metrics: readonly MetricName[]
  documentFrequency?: DocumentFrequency | undefined
  meteor?: MeteorOptions | undefined
  /** needed for SPICE */
  spice?: SpiceInstallation | undefined
  signal?: AbortSignal | undefined
  onProgress?: ((progress: EvaluationProgress) => void) | undefined
}

export interface EvaluationProgress {
  stage: 'tokens' | 'scores' | 'METEOR' | 'SPICE'
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
  corpus: Scores
  perImage: Map<ImageId, Scores>
  provenance: EvaluationProvenance
  /** the tokenized images, for failure measures */
  tokenized: ImageToScore[]
  statistics: SummableMetric[]
  spiceDetails?: { subsets: Record<string, number | null>; perImage: Map<ImageId, SpiceImageScores> }
}

/**
 * Scores raw captions with coco-caption's tokenizer and conventions.
 * @throws AppError `cancelled`; `unavailable` for SPICE without its program; `bad-input` as scoreCorpus
 */
export async function evaluate(request: EvaluationRequest): Promise<Evaluation> {
  const { images, metrics, signal } = request
  const report = (stage: EvaluationProgress['stage'], done: number): void => request.onProgress?.({ stage, done, total: images.length })
  report('tokens', 0)
  const tokenized = tokenizeImages(images)
  await breathe(signal)
  report('scores', 0)
  const wanted = tokenMetrics.filter((name) => metrics.includes(name))
  const scores = scoreCorpus({ images: tokenized, metrics: wanted, documentFrequency: request.documentFrequency })
  const provenance: EvaluationProvenance = { tokenizer: 'PTB (CoreNLP 3.4.1), punctuation removed', images: images.length }
  if (wanted.some((name) => name.startsWith('CIDEr'))) provenance.documentFrequency = scores.provenance.documentFrequency
  const evaluation: Evaluation = { ...scores, provenance, tokenized }
  await breathe(signal)
  if (metrics.includes('METEOR')) await addMeteor(evaluation, request, (done) => report('METEOR', done))
  if (metrics.includes('SPICE')) await addSpice(evaluation, request, (done) => report('SPICE', done))
  return inUsualOrder(evaluation)
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

async function addMeteor(evaluation: Evaluation, { meteor, signal }: EvaluationRequest, report: (done: number) => void): Promise<void> {
  report(0)
  const scorer = await openMeteor(meteor)
  const statistics = []
  for (const [done, { id, candidate, references }] of evaluation.tokenized.entries()) {
    const segment = scorer.segment(
      candidate.join(' '),
      references.map((tokens) => tokens.join(' ')),
    )
    statistics.push(segment.statistics)
    scoresOf(evaluation, id)[scorer.name] = segment.score
    if (done % 100 === 99) {
      report(done + 1)
      await breathe(signal)
    }
  }
  evaluation.provenance.meteor = { name: scorer.name, ...scorer.provenance }
  addMetric(evaluation, summableMeteor(scorer.name, statistics))
}

async function addSpice(evaluation: Evaluation, { spice, signal }: EvaluationRequest, report: (done: number) => void): Promise<void> {
  if (!spice) throw new AppError('unavailable', 'SPICE was asked for, but not where it is.', { todo: 'Point to its folder and to Java 8.' })
  const images = evaluation.tokenized.map(({ id, candidate, references }) => ({
    id,
    candidate: candidate.join(' '),
    references: references.map((tokens) => tokens.join(' ')),
  }))
  const result = await runSpice(spice, images, { ...(signal ? { signal } : {}), onProgress: ({ done }) => report(done) })
  for (const [id, { all }] of result.perImage) scoresOf(evaluation, id)['SPICE'] = all.f ?? 0
  evaluation.spiceDetails = { subsets: result.subsets, perImage: result.perImage }
  evaluation.provenance.spice = { java: spice.javaVersion }
  addMetric(
    evaluation,
    averaged(
      'SPICE',
      Float64Array.from(images, ({ id }) => scoresOf(evaluation, id)['SPICE']),
    ),
  )
}

function addMetric(evaluation: Evaluation, metric: SummableMetric): void {
  evaluation.statistics.push(metric)
  Object.assign(evaluation.corpus, corpusValues([metric], evaluation.tokenized.length))
}

function scoresOf({ perImage }: Evaluation, id: ImageId): Scores {
  const scores = perImage.get(id)
  if (!scores) throw new AppError('internal', `Image ${id} was scored but not asked for.`)
  return scores
}

/** Bleu_1 … Bleu_4, METEOR, ROUGE_L, CIDEr, SPICE: the order in which tables of the field stand. */
function inUsualOrder(evaluation: Evaluation): Evaluation {
  const place = (name: string): number => metricNames.findIndex((known) => known === name.split(' ')[0])
  const sorted = (scores: Scores): Scores => Object.fromEntries(Object.entries(scores).sort(([a], [b]) => place(a) - place(b)))
  const perImage = new Map(Array.from(evaluation.perImage, ([id, scores]) => [id, sorted(scores)]))
  const statistics = [...evaluation.statistics].sort((a, b) => place(a.names[0]) - place(b.names[0]))
  return { ...evaluation, corpus: sorted(evaluation.corpus), perImage, statistics }
}

/** Lets events through, so that a cancel arrives. */
async function breathe(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  if (signal?.aborted) throw new AppError('cancelled', 'Scoring was cancelled.', { kept: 'No score was stored.' })
}
