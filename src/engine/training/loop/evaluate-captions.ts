/** Captions a set of photos from cached features and scores them against their references: what training and `capstan evaluate` judge by. */
import { setImmediate } from 'node:timers/promises'
import { decodeBatch, type DecodingMethod } from '#engine/decoding/decode.ts'
import type { CaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { DecodedCaption } from '#engine/decoding/stepper.ts'
import type { DocumentFrequency } from '#engine/metrics/ngrams/document-frequency.ts'
import { scoreCorpus, type CorpusScores } from '#engine/metrics/score-corpus.ts'
import { decodeWords, joinWords, tokenizeFor, type Vocabulary } from '#engine/text/vocabulary.ts'
import type { FeatureSource } from '../data/batches.ts'
import { createVisualBatch, readVisual } from '../data/visual-batch.ts'

/** One photo to judge. */
export interface EvaluationImage {
  readonly key: string
  readonly references: readonly string[]
}

export interface CaptioningSetting {
  method: DecodingMethod
  /** Photos decoded together. */
  batchImages?: number
  signal?: AbortSignal
  onProgress?: (done: number) => void
}

/** Candidates of every photo, best first, in the photos' order. */
export async function captionFromFeatures(
  decoder: CaptionDecoder,
  features: FeatureSource,
  keys: readonly string[],
  { method, batchImages = 50, signal, onProgress }: CaptioningSetting,
): Promise<DecodedCaption[][]> {
  const candidates: DecodedCaption[][] = []
  for (let first = 0; first < keys.length; first += batchImages) {
    signal?.throwIfAborted()
    const batch = keys.slice(first, first + batchImages)
    const visual = createVisualBatch(batch.length, features.visualTokens, features.featureWidth)
    batch.forEach((key, index) => readVisual(visual, index, features, key, false))
    candidates.push(...(await decodeBatch(decoder, visual.features, batch.length, features.visualTokens, method, Infinity, visual.regions)))
    onProgress?.(candidates.length)
    await setImmediate()
  }
  return candidates
}

export interface CaptionEvaluation {
  /** The best caption of every photo, as text. */
  texts: string[]
  scores: CorpusScores
}

/** Captions the photos and scores the best candidates; without a table, document frequencies come from these references. */
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
  const words = candidates.map(([best]) => decodeWords(vocabulary, best.ids))
  const scores = scoreCorpus({
    images: images.map(({ references }, index) => ({
      id: index,
      candidate: words[index],
      references: references.map((reference) => tokenizeFor(vocabulary, reference)),
    })),
    metrics: ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr'],
    documentFrequency,
  })
  return { texts: words.map(joinWords), scores }
}
