/** Corrections as examples that say what was wrong: which words a correction changed, which caption it replaces, which candidates were rejected. */
import { tokenDiff } from '#shared/token-diff.ts'
import { encodeCaption, tokenizeFor, type Vocabulary } from '#engine/text/vocabulary.ts'
import type { Contrast, TrainingExample } from '#engine/training/data/batches.ts'
import type { FineTuningTexts } from './fine-tuning-data.ts'
import type { SettledRecipe } from './learning-method.ts'

export type Teaching = Pick<SettledRecipe, 'emphasis' | 'preference' | 'ratings'>

/** Whether the candidates that corrections replace make a difference to a run. */
export function learnsFromCandidates({ emphasis, preference }: Pick<SettledRecipe, 'emphasis' | 'preference'>): boolean {
  return emphasis > 1 || preference > 0
}

/** Examples of the corrected photos whose features are there, and where preferences are learned, of those whose candidate was rejected. */
export function correctionExamples(
  texts: Pick<FineTuningTexts, 'corrections' | 'lineage'>,
  keys: ReadonlyMap<number, string>,
  vocabulary: Vocabulary,
  teaching: Teaching,
): TrainingExample[] {
  const { corrections, lineage } = texts
  const { replaced, ratings, rejected } = lineage
  const of = (imageId: number, make: (key: string) => TrainingExample | undefined): TrainingExample[] => {
    const key = keys.get(imageId)
    const example = key === undefined ? undefined : make(key)
    return example === undefined ? [] : [example]
  }
  const corrected = [...corrections].flatMap(([imageId, captions]) =>
    of(imageId, (key) => {
      const weight = 2 - ratingWeight(ratings.get(imageId), teaching.ratings)
      const known = captions.map((text, place) => taught(text, replaced.get(imageId)?.[place] ?? null, vocabulary, teaching, weight))
      return exampleOf(key, weight, known)
    }),
  )
  if (teaching.preference === 0) return corrected
  const turnedDown = [...rejected].flatMap(([imageId, candidates]) =>
    of(imageId, (key) => {
      const weight = 2 - ratingWeight(ratings.get(imageId), teaching.ratings)
      // What people wrote of the photo is what the candidate should have been.
      const written = (lineage.written.get(imageId) ?? []).map((text, place) =>
        taught(text, candidates[place % candidates.length], vocabulary, teaching, weight),
      )
      if (written.length > 0) return exampleOf(key, weight, written)
      const contrasts = candidates.map((text): Contrast => ({ preferred: undefined, rejected: encodeCaption(vocabulary, text), weight }))
      return { key, captions: [], weight, contrasts: contrasts.slice(0, 1) }
    }),
  )
  return [...corrected, ...turnedDown]
}

/** 1 without a rating or for 3 of 5; at `ratings` 1 up to 2 for the best and down to 0 for the worst. */
export function ratingWeight(rating: number | undefined, ratings: number): number {
  return rating === undefined ? 1 : 1 + (ratings * (rating - 3)) / 2
}

interface Taught {
  ids: Int32Array
  emphasis: Float32Array | undefined
  contrast: Contrast | undefined
}

function taught(text: string, candidate: string | null, vocabulary: Vocabulary, { emphasis, preference }: Teaching, weight: number): Taught {
  const ids = encodeCaption(vocabulary, text)
  const rejected = candidate === null ? undefined : encodeCaption(vocabulary, candidate)
  const differs = rejected !== undefined && rejected.join(' ') !== ids.join(' ')
  return {
    ids,
    emphasis: candidate === null || emphasis === 1 || !differs ? undefined : wordWeights(text, candidate, vocabulary, emphasis),
    contrast: preference === 0 || !differs ? undefined : { preferred: ids, rejected, weight },
  }
}

/**
 * Weights of a correction's words and of its end, 1 in the mean: where it says something else than the candidate, or goes on after leaving something
 * out, a word counts `emphasis` times as much as a kept one.
 */
export function wordWeights(correction: string, candidate: string, vocabulary: Vocabulary, emphasis: number): Float32Array {
  const joined = (text: string): string => tokenizeFor(vocabulary, text).join(' ')
  const weights: number[] = []
  let leftOut = false
  for (const { kind, words } of tokenDiff(joined(candidate), joined(correction))) {
    if (kind === 'deleted') leftOut = true
    else {
      words.forEach((_, place) => weights.push(kind === 'inserted' || (leftOut && place === 0) ? emphasis : 1))
      leftOut = false
    }
  }
  weights.push(leftOut ? emphasis : 1)
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
  return Float32Array.from(weights, (weight) => weight / mean)
}

function exampleOf(key: string, weight: number, all: readonly Taught[]): TrainingExample | undefined {
  const known = all.filter(({ ids }) => ids.length > 0)
  if (known.length === 0) return undefined
  const emphasis = new Map(known.flatMap(({ ids, emphasis: words }) => (words === undefined ? [] : [[ids, words]])))
  const contrasts = known.flatMap(({ contrast }) => contrast ?? [])
  return {
    key,
    captions: known.map(({ ids }) => ids),
    weight,
    ...(emphasis.size > 0 && { emphasis }),
    ...(contrasts.length > 0 && { contrasts }),
  }
}
