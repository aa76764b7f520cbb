/** Captions a set of photos from cached features and scores them against their references: what training and `capstan evaluate` judge by. */
import { captionFromFeatures, captionText, type CaptioningSetting } from '#engine/captioning/caption-from-features.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import type { CaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { tokenizeImages } from '#engine/metrics/evaluate.ts'
import { scoreCorpus, type CorpusScores, type ImageToScore } from '#engine/metrics/score-corpus.ts'
import { usualMetrics } from '#shared/metrics/table.ts'
import { tokenizeFor, type Vocabulary } from '#engine/text/vocabulary.ts'

/** One photo to judge. */
export interface EvaluationImage {
  readonly key: string
  readonly references: readonly string[]
}

export interface CaptionEvaluation {
  /** The best caption of every photo, as text. */
  texts: string[]
  scores: CorpusScores
}

/**
 * Captions the photos and scores the best candidates by the usual metrics of words. Without a table, words and document frequencies are coco-caption's: its
 * tokenizer, and these references.
 */
export async function evaluateCaptions(
  decoder: CaptionDecoder,
  vocabulary: Vocabulary,
  features: FeatureSource,
  images: readonly EvaluationImage[],
  setting: CaptioningSetting,
  documentFrequency?: DocumentFrequency,
): Promise<CaptionEvaluation> {
  const candidates = await captionFromFeatures(
    decoder,
    features,
    images.map(({ key }) => key),
    setting,
  )
  const texts = candidates.map(([best]) => captionText(vocabulary, best.ids))
  const captioned = images.map(({ references }, id) => ({ id, candidate: texts[id], references }))
  // A table knows the words of its own tokenizer only.
  const byVocabulary = documentFrequency !== undefined && documentFrequency.tokenizer === vocabulary.tokenizer
  const words = byVocabulary ? captioned.map((image) => wordsOf(vocabulary, image)) : tokenizeImages(captioned)
  return { texts, scores: scoreCorpus({ images: words, metrics: usualMetrics(), documentFrequency }) }
}

function wordsOf(vocabulary: Vocabulary, { id, candidate, references }: { id: number; candidate: string; references: readonly string[] }): ImageToScore {
  return { id, candidate: tokenizeFor(vocabulary, candidate), references: references.map((reference) => tokenizeFor(vocabulary, reference)) }
}
