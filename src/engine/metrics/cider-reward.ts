/**
 * CIDEr-D over word ids, the reward of self-critical training (Rennie et al. 2017): document frequencies of the training split, and the end
 * token counted as a word, so that a caption that stops too early or never loses n-grams.
 */
import { AppError } from '#shared/errors.ts'
import { CiderScorer, ciderVector } from '#shared/metrics/cider.ts'
import { DocumentCounter } from '#shared/metrics/document-counter.ts'
import { idfFromFrequencies } from '#shared/metrics/inverse-document-frequency.ts'
import { NgramIndex } from '#shared/metrics/ngrams.ts'

export interface CiderReward {
  /** images whose references were counted */
  readonly images: number
  /**
   * CIDEr-D (the usual scale, about 1) of sampled captions of one image against its references. A caption is word ids up to the first end
   * token, with or without padding behind it; references get the end token where they lack it, candidates do not: one that was cut at the
   * longest length loses the n-grams of an end.
   */
  score(references: readonly ArrayLike<number>[], candidates: readonly ArrayLike<number>[]): Float64Array
}

export interface CiderRewardOptions {
  /** default 0 */
  endToken?: number
  /**
   * References of so many words or more are compared with as published labels hold them: the first so many, without an end, for which such a label has no
   * room. Default: whole. Document frequencies are of whole references always.
   */
  longestReference?: number
}

/**
 * Counts document frequencies over the references of every training image.
 * @throws AppError `too-little-data` without any image
 */
export function createCiderReward(
  trainingReferences: Iterable<readonly ArrayLike<number>[]>,
  { endToken = 0, longestReference = Infinity }: CiderRewardOptions = {},
): CiderReward {
  const compared = (ids: ArrayLike<number>): number[] => {
    const whole = withEnd(ids, endToken)
    return whole.length > longestReference ? whole.slice(0, longestReference) : whole
  }
  const index = new NgramIndex()
  const counter = new DocumentCounter(index)
  for (const references of trainingReferences) counter.add(references.map((ids) => index.countIds(withEnd(ids, endToken))))
  const { images } = counter
  if (images === 0) {
    throw new AppError('too-little-data', 'Rewards need the reference captions of at least one image.', { todo: 'Add references.' })
  }
  const known = index.size
  const idf = idfFromFrequencies(index, counter.frequencies(), images)
  const scorer = new CiderScorer()
  return {
    images,
    score(references, candidates) {
      const vectors = references.map((ids) => ciderVector(index.countIds(compared(ids)), idf.current()))
      const scores = Float64Array.from(candidates, (ids) => {
        const candidate = index.countIds(throughEnd(ids, endToken))
        return scorer.score(ciderVector(candidate, idf.current()), vectors, idf.current()).damped
      })
      // n-grams that only samples hold would fill the memory in a long training.
      index.truncate(known)
      return scores
    },
  }
}

/** The ids up to the first end token, that one included. */
function throughEnd(ids: ArrayLike<number>, endToken: number): number[] {
  const kept: number[] = []
  for (let i = 0; i < ids.length; i++) {
    kept.push(ids[i])
    if (ids[i] === endToken) break
  }
  return kept
}

function withEnd(ids: ArrayLike<number>, endToken: number): number[] {
  const kept = throughEnd(ids, endToken)
  if (kept.at(-1) !== endToken) kept.push(endToken)
  return kept
}
