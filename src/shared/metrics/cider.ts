/**
 * CIDEr-D (what coco-caption calls CIDEr) and plain CIDEr. Both compare tf·idf vectors of n-grams, order by order, with each reference,
 * average over orders and references, and multiply by 10. CIDEr-D clips the candidate's counts to the reference's and damps by the
 * difference of lengths (Gaussian, σ = 6), a caption's length being its number of bigrams.
 */
import { DocumentCounter } from './document-counter.ts'
import { idfFromFrequencies, idfFromTable } from './inverse-document-frequency.ts'
import type { WordSet } from './metric.ts'
import { maximumOrder, type NgramCounts } from './ngrams.ts'

const sigma = 6
const scale = 10

/** A caption's n-grams with the norms of its tf·idf vectors, one for each order. */
export interface CiderVector {
  counts: NgramCounts
  norms: number[]
  bigrams: number
}

export interface CiderValues {
  /** CIDEr-D */
  damped: number
  /** the original CIDEr */
  plain: number
}

/** Computes the norms of a caption's vectors. `idf[id]` is the n-gram's inverse document frequency. */
export function ciderVector(counts: NgramCounts, idf: Float64Array): CiderVector {
  const norms: number[] = []
  for (let order = 0; order < maximumOrder; order++) {
    let squares = 0
    for (let i = counts.starts[order]; i < counts.starts[order + 1]; i++) squares += (counts.counts[i] * idf[counts.ids[i]]) ** 2
    norms.push(Math.sqrt(squares))
  }
  return { counts, norms, bigrams: Math.max(0, counts.length - 1) }
}

/** Scores candidates; keeps scratch memory that grows with the n-gram index. */
export class CiderScorer {
  #candidateCounts = new Int32Array(1 << 11)

  /**
   * Both kinds of CIDEr of one candidate against its references (at least one). What each n-gram adds to CIDEr-D is added to `parts[id]`, where
   * the caller gives them: together they are the score.
   */
  score(candidate: CiderVector, references: readonly CiderVector[], idf: Float64Array, parts?: Float64Array): CiderValues {
    if (this.#candidateCounts.length < idf.length) this.#candidateCounts = new Int32Array(idf.length * 2)
    const counts = this.#candidateCounts
    const { ids } = candidate.counts
    for (let i = 0; i < ids.length; i++) counts[ids[i]] = candidate.counts.counts[i]
    const factor = scale / (maximumOrder * references.length)
    let damped = 0
    let plain = 0
    for (const reference of references) {
      const difference = candidate.bigrams - reference.bigrams
      const damping = Math.exp(-(difference * difference) / (2 * sigma * sigma))
      const similarity = this.#similarity(candidate, reference, idf, parts && { values: parts, factor: damping * factor })
      damped += similarity.damped * damping
      plain += similarity.plain
    }
    for (const ngramId of ids) counts[ngramId] = 0
    return { damped: damped * factor, plain: plain * factor }
  }

  /** Cosine similarities summed over the orders, with and without clipping. */
  #similarity(candidate: CiderVector, reference: CiderVector, idf: Float64Array, parts?: { values: Float64Array; factor: number }): CiderValues {
    const candidateCounts = this.#candidateCounts
    const { ids, counts, starts } = reference.counts
    let damped = 0
    let plain = 0
    for (let order = 0; order < maximumOrder; order++) {
      const norms = candidate.norms[order] * reference.norms[order]
      if (norms === 0) continue
      let clippedProduct = 0
      let product = 0
      for (let i = starts[order]; i < starts[order + 1]; i++) {
        const count = candidateCounts[ids[i]]
        if (count === 0) continue
        const weight = idf[ids[i]]
        const shared = counts[i] * weight * weight
        const clipped = Math.min(count, counts[i]) * shared
        clippedProduct += clipped
        if (parts !== undefined) parts.values[ids[i]] += (clipped / norms) * parts.factor
        product += count * shared
      }
      damped += clippedProduct / norms
      plain += product / norms
    }
    return { damped, plain }
  }
}

/** CIDEr-D, one value an image. */
export const ciderRows = (set: WordSet): Float64Array => valuesOf(set).damped

/** The original CIDEr, one value an image. */
export const plainCiderRows = (set: WordSet): Float64Array => valuesOf(set).plain

const known = new WeakMap<WordSet, Record<'damped' | 'plain', Float64Array>>()

/** Both kinds come from the same vectors: a set's are worked out once. */
function valuesOf(set: WordSet): Record<'damped' | 'plain', Float64Array> {
  const found = known.get(set)
  if (found !== undefined) return found
  const idf = idfOf(set)
  const scorer = new CiderScorer()
  const values = { damped: new Float64Array(set.candidates.length), plain: new Float64Array(set.candidates.length) }
  set.candidates.forEach((candidate, image) => {
    const vectors = set.references[image].map((counts) => ciderVector(counts, idf))
    const { damped, plain } = scorer.score(ciderVector(candidate, idf), vectors, idf)
    values.damped[image] = damped
    values.plain[image] = plain
  })
  known.set(set, values)
  return values
}

function idfOf({ documentFrequency, index, references }: WordSet): Float64Array {
  if (documentFrequency) return idfFromTable(index, documentFrequency).current()
  const counter = new DocumentCounter(index)
  for (const captions of references) counter.add(captions)
  return idfFromFrequencies(index, counter.frequencies(), counter.images).current()
}
