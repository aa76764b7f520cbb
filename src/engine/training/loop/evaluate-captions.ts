/** Captions a set of photos from cached features and scores them against their references: what training and `capstan evaluate` judge by. */
import { captionFromFeatures, type CaptioningSetting } from '#engine/captioning/caption-from-features.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import type { CaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { DocumentFrequency } from '#engine/metrics/ngrams/document-frequency.ts'
import { scoreCorpus, type CorpusScores } from '#engine/metrics/score-corpus.ts'
import { decodeWords, joinWords, tokenizeFor, type Vocabulary } from '#engine/text/vocabulary.ts'

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
