/** Judges weights by what they write about the dev photos, with one beam width after the other. */
import type { Captioner, Weights } from '#engine/captioners/captioner.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { DecodingMethod } from '#engine/decoding/decode.ts'
import { methodForBeam } from '#engine/decoding/method-for-beam.ts'
import type { PackageScores } from '#engine/models/manifest.ts'
import type { SessionOptions } from '#engine/runtime/session.ts'
import type { Vocabulary } from '#engine/text/vocabulary.ts'
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import { evaluateCaptions, type CaptionEvaluation } from './evaluate-captions.ts'
import type { JudgedImage } from '../data/prepare.ts'

export interface DevJudge {
  vocabulary: Vocabulary
  features: FeatureSource
  dev: readonly JudgedImage[]
  session: SessionOptions
  signal: AbortSignal
  tell: { progress(done: number, total: number): void; note(text: string): void }
}

/** What weights wrote about the photos to judge by. */
export interface JudgedCaptions {
  beam: number
  /** Of decoding and scoring all of them, features at hand. */
  seconds: number
  captions: readonly { path: string; text: string }[]
}

export interface Judgement {
  metrics: PackageScores[]
  judged: JudgedCaptions[]
}

/** Captions and scores with one way of decoding. */
export async function judgeOnce(
  { vocabulary, features, dev, session, signal }: DevJudge,
  captioner: Captioner,
  weights: Weights,
  method: DecodingMethod,
): Promise<CaptionEvaluation> {
  const decoder = await openCaptionDecoder(captioner, weights, session)
  try {
    return await evaluateCaptions(decoder, vocabulary, features, dev, { method, signal })
  } finally {
    await decoder.close()
  }
}

/** Captions and scores with each beam width; 1 is greedy. */
export async function judgeWithBeams(judge: DevJudge, captioner: Captioner, weights: Weights, beams: readonly number[]): Promise<Judgement> {
  const { vocabulary, features, dev, session, signal, tell } = judge
  const decoder = await openCaptionDecoder(captioner, weights, session)
  const metrics: PackageScores[] = []
  const judged: JudgedCaptions[] = []
  try {
    for (const beam of beams) {
      const begun = performance.now()
      const onProgress = (done: number): void => tell.progress(done, dev.length)
      const { texts, scores } = await evaluateCaptions(decoder, vocabulary, features, dev, { method: methodForBeam(beam), signal, onProgress })
      judged.push({ beam, seconds: (performance.now() - begun) / 1000, captions: dev.map(({ path }, index) => ({ path, text: texts[index] })) })
      metrics.push({ set: 'dev', images: dev.length, beam, scores: scores.corpus })
      tell.note(
        `beam ${beam}: ${Object.entries(scores.corpus)
          .map(([name, value]) => `${name} ${value.toFixed(4)}`)
          .join(' ')}`,
      )
    }
  } finally {
    await decoder.close()
  }
  return { metrics, judged }
}
