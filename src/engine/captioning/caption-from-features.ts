/** From features to captions: photos whose features are at hand, batch by batch. All captioning ends here. */
import { setImmediate } from 'node:timers/promises'
import type { CaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import { decodeBatch, type DecodingMethod } from '#engine/decoding/decode.ts'
import type { DecodedCaption } from '#engine/decoding/stepper.ts'
import { decodeWords, joinWords, type Vocabulary } from '#engine/text/vocabulary.ts'
import type { FeatureSource } from './feature-source.ts'
import { visualBatchOf } from './visual-batch.ts'

export interface CaptioningSetting {
  method: DecodingMethod
  /** Photos decoded together. */
  batchImages?: number
  signal?: AbortSignal
  onProgress?: (done: number) => void
}

/** Candidates of every photo, best first, in the photos' order. Throws the signal's reason on abort. */
export async function captionFromFeatures(
  decoder: CaptionDecoder,
  features: FeatureSource,
  keys: readonly string[],
  { method, batchImages = 50, signal, onProgress }: CaptioningSetting,
): Promise<DecodedCaption[][]> {
  const candidates: DecodedCaption[][] = []
  for (let first = 0; first < keys.length; first += batchImages) {
    signal?.throwIfAborted()
    const visual = visualBatchOf(features, keys.slice(first, first + batchImages))
    candidates.push(...(await decodeBatch(decoder, visual, { method })))
    onProgress?.(candidates.length)
    await setImmediate()
  }
  return candidates
}

/** A candidate as people read it. */
export interface CandidateText {
  text: string
  /** Of the whole caption. */
  logProbability: number
  /** Of each word. */
  tokenLogProbabilities: readonly number[]
}

export function candidateText(vocabulary: Vocabulary, { ids, logProbability, tokenLogProbabilities }: DecodedCaption): CandidateText {
  return { text: captionText(vocabulary, ids), logProbability, tokenLogProbabilities }
}

/** Word ids as a caption. */
export function captionText(vocabulary: Vocabulary, ids: ArrayLike<number>): string {
  return joinWords(decodeWords(vocabulary, ids))
}
