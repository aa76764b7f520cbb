/** What goes wrong in captions beyond a low score: length, repetition, cut-off endings, rare words, a poor vocabulary, copied captions. */
import { closestLength } from '#shared/metrics/bleu.ts'
import type { ImageId } from '#shared/domain.ts'
import type { ImageToScore } from '../score-corpus.ts'

export interface TrainingCaptions {
  /** how often each word occurs */
  wordCounts: ReadonlyMap<string, number>
  /** the captions, tokens joined by spaces */
  captions: ReadonlySet<string>
}

export interface ImageFailures {
  words: number
  /** words over the mean length of the references */
  relativeLength: number
  repeatedWord: boolean
  repeatedTrigram: boolean
  badEnding: boolean
  /** words of most references (at least half) that the caption lacks, rarest first */
  missedWords: string[]
  /** not among the training captions; null where these are not known */
  novel: boolean | null
}

/** How many of the reference words of some frequency the captions say. */
export interface FrequencyBucket {
  /** occurrences in the training captions, both inclusive; `most` is null without a bound */
  least: number
  most: number | null
  /** (image, reference word) pairs */
  words: number
  recalled: number
  /** null where there is no such word */
  recall: number | null
}

export interface FailureReport {
  images: number
  length: {
    candidateMean: number
    referenceMean: number
    /** BLEU's: candidate words over the words of the closest references; below 1 BLEU punishes */
    brevityRatio: number
    /** captions by number of words (the place in the list) */
    candidateHistogram: number[]
    referenceHistogram: number[]
  }
  /** shares of captions */
  repeatedWordShare: number
  repeatedTrigramShare: number
  badEndingShare: number
  rareWords: FrequencyBucket[]
  vocabulary: {
    /** distinct words said */
    candidates: number
    references: number
    /** share of the words known (training, else references) that are never said */
    neverSaidShare: number
    /** distinct words and bigrams over all words */
    distinct1: number
    distinct2: number
  }
  /** share of the distinct captions that are not among the training captions; null where these are not known */
  novelShare: number | null
  /** where word frequencies come from */
  frequencies: 'training' | 'references'
  perImage: Map<ImageId, ImageFailures>
}

/** Words that a whole caption does not end with. */
export const badEndings: ReadonlySet<string> = new Set([
  'a',
  'an',
  'the',
  'in',
  'for',
  'at',
  'of',
  'with',
  'before',
  'after',
  'on',
  'upon',
  'near',
  'to',
  'is',
  'are',
  'am',
])

const bucketBounds: readonly (readonly [least: number, most: number | null])[] = [
  [0, 0],
  [1, 10],
  [11, 100],
  [101, 1000],
  [1001, null],
]

/** Counts what `failureReport` needs to know of the captions a model learned from (tokenized). */
export function countTraining(captions: Iterable<readonly string[]>): TrainingCaptions {
  const all = [...captions]
  return { wordCounts: countWords(all), captions: new Set(all.map((tokens) => tokens.join(' '))) }
}

/** Measures all of it. Without training captions, word frequencies are those of the references, and novelty is not known. */
export function failureReport(images: readonly ImageToScore[], training?: TrainingCaptions): FailureReport {
  const references = images.flatMap((image) => image.references)
  const candidates = images.map(({ candidate }) => candidate)
  const referenceCounts = countWords(references)
  const wordCounts = training?.wordCounts ?? referenceCounts
  const perImage = new Map(images.map((image) => [image.id, imageFailures(image, wordCounts, training)]))
  const share = (has: (failures: ImageFailures) => boolean): number => [...perImage.values()].filter(has).length / Math.max(1, images.length)
  const candidateCounts = countWords(candidates)
  return {
    images: images.length,
    length: lengths(images),
    repeatedWordShare: share(({ repeatedWord }) => repeatedWord),
    repeatedTrigramShare: share(({ repeatedTrigram }) => repeatedTrigram),
    badEndingShare: share(({ badEnding }) => badEnding),
    rareWords: rareWordRecall(images, wordCounts),
    vocabulary: {
      candidates: candidateCounts.size,
      references: referenceCounts.size,
      neverSaidShare: [...wordCounts.keys()].filter((word) => !candidateCounts.has(word)).length / Math.max(1, wordCounts.size),
      distinct1: distinct(candidates, 1),
      distinct2: distinct(candidates, 2),
    },
    novelShare: training ? novelty(candidates, training) : null,
    frequencies: training ? 'training' : 'references',
    perImage,
  }
}

/** Mean score by caption length, lengths in bins of `width` words: whether short or long captions fare worse. */
export function scoreByLength(
  images: readonly ImageToScore[],
  scores: ReadonlyMap<ImageId, number>,
  width = 2,
): { from: number; to: number; images: number; mean: number }[] {
  const bins = new Map<number, number[]>()
  for (const { id, candidate } of images) {
    const value = scores.get(id)
    if (value === undefined) continue
    const bin = Math.floor(candidate.length / width)
    const values = bins.get(bin)
    if (values) values.push(value)
    else bins.set(bin, [value])
  }
  const sorted = [...bins].sort(([a], [b]) => a - b)
  return sorted.map(([bin, values]) => ({ from: bin * width, to: bin * width + width - 1, images: values.length, mean: mean(values) }))
}

function imageFailures(image: ImageToScore, wordCounts: ReadonlyMap<string, number>, training: TrainingCaptions | undefined): ImageFailures {
  const { candidate, references } = image
  const said = new Set(candidate)
  const inReferences = countWords(references.map((tokens) => [...new Set(tokens)]))
  const missed = [...inReferences].filter(([word, count]) => 2 * count >= references.length && !said.has(word)).map(([word]) => word)
  return {
    words: candidate.length,
    relativeLength: candidate.length / Math.max(1, mean(references.map(({ length }) => length))),
    repeatedWord: candidate.some((word, i) => i > 0 && word === candidate[i - 1]),
    repeatedTrigram: repeats(candidate, 3),
    badEnding: candidate.length > 0 && badEndings.has(candidate[candidate.length - 1]),
    missedWords: missed.sort((a, b) => (wordCounts.get(a) ?? 0) - (wordCounts.get(b) ?? 0)),
    novel: training ? !training.captions.has(candidate.join(' ')) : null,
  }
}

function lengths(images: readonly ImageToScore[]): FailureReport['length'] {
  const ofCandidates = images.map(({ candidate }) => candidate.length)
  const ofReferences = images.flatMap(({ references }) => references.map(({ length }) => length))
  const closest = images.map(({ candidate, references }) => closestLength(candidate.length, references))
  return {
    candidateMean: mean(ofCandidates),
    referenceMean: mean(ofReferences),
    brevityRatio: sum(ofCandidates) / Math.max(1, sum(closest)),
    candidateHistogram: histogram(ofCandidates),
    referenceHistogram: histogram(ofReferences),
  }
}

function rareWordRecall(images: readonly ImageToScore[], wordCounts: ReadonlyMap<string, number>): FrequencyBucket[] {
  const buckets = bucketBounds.map(([least, most]) => ({ least, most, words: 0, recalled: 0 }))
  for (const { candidate, references } of images) {
    const said = new Set(candidate)
    for (const word of new Set(references.flat())) {
      const count = wordCounts.get(word) ?? 0
      const bucket = buckets.find(({ least, most }) => count >= least && (most === null || count <= most))
      if (!bucket) continue
      bucket.words++
      if (said.has(word)) bucket.recalled++
    }
  }
  return buckets.map((bucket) => ({ ...bucket, recall: bucket.words === 0 ? null : bucket.recalled / bucket.words }))
}

function novelty(candidates: readonly (readonly string[])[], training: TrainingCaptions): number {
  const texts = new Set(candidates.map((tokens) => tokens.join(' ')))
  return [...texts].filter((text) => !training.captions.has(text)).length / Math.max(1, texts.size)
}

function distinct(captions: readonly (readonly string[])[], order: number): number {
  const seen = new Set<string>()
  let words = 0
  for (const tokens of captions) {
    words += tokens.length
    for (let i = 0; i + order <= tokens.length; i++) seen.add(tokens.slice(i, i + order).join(' '))
  }
  return seen.size / Math.max(1, words)
}

function repeats(tokens: readonly string[], order: number): boolean {
  const seen = new Set<string>()
  for (let i = 0; i + order <= tokens.length; i++) {
    const ngram = tokens.slice(i, i + order).join(' ')
    if (seen.has(ngram)) return true
    seen.add(ngram)
  }
  return false
}

function countWords(captions: Iterable<readonly string[]>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const tokens of captions) {
    for (const word of tokens) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  return counts
}

function histogram(values: readonly number[]): number[] {
  const counts = Array.from({ length: values.reduce((most, value) => Math.max(most, value), 0) + 1 }, () => 0)
  for (const value of values) counts[value]++
  return counts
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length
}
