/**
 * CLIPScore and RefCLIPScore (Hessel et al. 2021) from embeddings; whoever has an encoder makes these. The paper's is CLIP ViT-B/32, with
 * captions (references too) behind the prefix below. A captioner built on the same CLIP is judged by its own eyes: prefer another.
 */
import { AppError } from '../errors.ts'
import type { EmbeddedImage, ImageToScore, ToolMetric } from './metric.ts'
import { averaged, corpusValues, type MetricValues, type SummableMetric } from './summable.ts'

/** What stands before every caption when it is embedded. */
export const clipScorePrefix = 'A photo depicts '

const weight = 2.5

/** 2.5 · max(cos, 0). */
export function clipScore(image: Float32Array, candidate: Float32Array): number {
  return weight * Math.max(cosine(image, candidate), 0)
}

/** The harmonic mean of CLIPScore and the best cosine with a reference (which is neither weighted nor clipped, as in the authors' code). */
export function refClipScore(image: Float32Array, candidate: Float32Array, references: readonly Float32Array[]): number {
  const a = clipScore(image, candidate)
  const b = Math.max(...references.map((reference) => cosine(candidate, reference)))
  return a + b === 0 ? 0 : (2 * a * b) / (a + b)
}

export const clipScoreRows: ToolMetric['rows'] = (_images, { embeddings }) =>
  Promise.resolve(Float64Array.from(required(embeddings), ({ image, candidate }) => clipScore(image, candidate)))

export const refClipScoreRows: ToolMetric['rows'] = (_images, { embeddings }) =>
  Promise.resolve(Float64Array.from(required(embeddings), ({ image, candidate, references }) => refClipScore(image, candidate, references)))

function required(embeddings: readonly EmbeddedImage[] | undefined): readonly EmbeddedImage[] {
  if (embeddings !== undefined) return embeddings
  throw new AppError('unavailable', 'CLIPScore needs the embeddings of a CLIP.', { todo: 'Use “capstan clip-score”.' })
}

/** Both for a set: `CLIPScore`, and `RefCLIPScore` where every image has references. Corpus values are means. */
export function scoreEmbeddings(images: readonly EmbeddedImage[]): {
  corpus: MetricValues
  perImage: Map<ImageToScore['id'], MetricValues>
  statistics: SummableMetric[]
} {
  const statistics = [
    averaged(
      'CLIPScore',
      Float64Array.from(images, ({ image, candidate }) => clipScore(image, candidate)),
    ),
  ]
  if (images.every(({ references }) => references.length > 0)) {
    const values = Float64Array.from(images, ({ image, candidate, references }) => refClipScore(image, candidate, references))
    statistics.push(averaged('RefCLIPScore', values))
  }
  const scores = (position: number): MetricValues => Object.fromEntries(statistics.map(({ names, rows }) => [names[0], rows[position]]))
  const perImage = new Map(images.map(({ id }, position) => [id, scores(position)]))
  return { corpus: corpusValues(statistics, images.length), perImage, statistics }
}

/** @throws AppError `bad-input` for embeddings of different widths */
function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) {
    throw new AppError('bad-input', `The embeddings are of different widths, ${a.length} and ${b.length}.`, {
      todo: 'Use one encoder for both.',
    })
  }
  let product = 0
  let squaresA = 0
  let squaresB = 0
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i]
    squaresA += a[i] * a[i]
    squaresB += b[i] * b[i]
  }
  const norms = Math.sqrt(squaresA) * Math.sqrt(squaresB)
  return norms === 0 ? 0 : product / norms
}
