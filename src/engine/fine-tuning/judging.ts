/** What two captioners say of the same photos, and how each photo scores. */
import type { Captioner, Weights } from '#engine/captioners/captioner.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import type { Vocabulary } from '#engine/text/vocabulary.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { evaluateCaptions, type EvaluationImage } from '#engine/training/loop/evaluate-captions.ts'

/** As the model is used: beam search never writes UNK, which corrections of a new domain teach it to think of. */
export const judgedMethod = { kind: 'beam', beams: 3 } as const

export interface Judging {
  captioner: Captioner
  vocabulary: Vocabulary
  features: FeatureSource
  documentFrequency: DocumentFrequency
  session: SessionOptions
  signal?: AbortSignal
}

export interface JudgedCaptions {
  texts: string[]
  /** CIDEr-D of each photo. */
  scores: number[]
}

/** Captions of each set of photos, in the sets' order; a set without photos has none. */
export async function judgeSets(judging: Judging, weights: Weights, sets: readonly (readonly EvaluationImage[])[]): Promise<JudgedCaptions[]> {
  const { captioner, vocabulary, features, documentFrequency, session, signal } = judging
  const decoder = await openCaptionDecoder(captioner, weights, session)
  try {
    const judged: JudgedCaptions[] = []
    for (const images of sets) {
      if (images.length === 0) {
        judged.push({ texts: [], scores: [] })
        continue
      }
      const { texts, scores } = await evaluateCaptions(
        decoder,
        vocabulary,
        features,
        images,
        { method: judgedMethod, ...(signal && { signal }) },
        documentFrequency,
      )
      judged.push({ texts, scores: [...scores.perImage.values()].map((each) => each['CIDEr']) })
    }
    return judged
  } finally {
    await decoder.close()
  }
}
