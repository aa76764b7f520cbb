/** BLEU-1 to 4 with coco-caption's constants: closest reference length, and its two tiny summands in place of other smoothing. */
import { maximumOrder, type NgramCounts } from './ngrams.ts'
import type { WordSet } from './metric.ts'

// In coco-caption these keep 0/0 away; they show in the last digits of every score, so they belong to the metric.
const tiny = 1e-15
const small = 1e-9

/** Where each number stands in one row of BLEU statistics; rows add up over images. */
export const bleuRow = {
  correct: 0,
  guess: maximumOrder,
  candidateLength: 2 * maximumOrder,
  referenceLength: 2 * maximumOrder + 1,
} as const
export const bleuRowWidth = 2 * maximumOrder + 2

/** Counts clipped matches with scratch memory that grows with the n-gram index. */
export class BleuCounter {
  #most = new Int32Array(1 << 11)

  /** Writes the statistics of one candidate into `rows` at `offset` (bleuRowWidth numbers). */
  count(candidate: NgramCounts, references: readonly NgramCounts[], indexSize: number, rows: Float64Array, offset: number): void {
    if (this.#most.length < indexSize) this.#most = new Int32Array(indexSize * 2)
    const most = this.#most
    for (const { ids, counts } of references) {
      for (let i = 0; i < ids.length; i++) if (counts[i] > most[ids[i]]) most[ids[i]] = counts[i]
    }
    for (let order = 0; order < maximumOrder; order++) {
      let correct = 0
      for (let i = candidate.starts[order]; i < candidate.starts[order + 1]; i++) {
        correct += Math.min(candidate.counts[i], most[candidate.ids[i]])
      }
      rows[offset + bleuRow.correct + order] = correct
      rows[offset + bleuRow.guess + order] = Math.max(0, candidate.length - order)
    }
    for (const { ids } of references) for (const ngramId of ids) most[ngramId] = 0
    rows[offset + bleuRow.candidateLength] = candidate.length
    rows[offset + bleuRow.referenceLength] = closestLength(candidate.length, references)
  }
}

/** The reference length nearest to the candidate's; of two equally near, the shorter. */
export function closestLength(candidateLength: number, references: readonly { length: number }[]): number {
  let closest = Infinity
  for (const { length } of references) {
    const nearer = Math.abs(length - candidateLength) - Math.abs(closest - candidateLength)
    if (nearer < 0 || (nearer === 0 && length < closest)) closest = length
  }
  return closest
}

/** What a candidate shorter than its closest reference loses by: 1 where it is not (Papineni et al. 2002, section 2.2.2). */
export function brevityPenalty(row: ArrayLike<number>): number {
  const ratio = (row[bleuRow.candidateLength] + tiny) / (row[bleuRow.referenceLength] + small)
  return ratio < 1 ? Math.exp(1 - 1 / ratio) : 1
}

/** BLEU-1 … BLEU-4 from statistics of one image or summed over many (bleuRowWidth numbers). */
export function bleuFromStatistics(row: ArrayLike<number>): number[] {
  const penalty = brevityPenalty(row)
  const scores: number[] = []
  let product = 1
  for (let order = 0; order < maximumOrder; order++) {
    product *= (row[bleuRow.correct + order] + tiny) / (row[bleuRow.guess + order] + small)
    scores.push(product ** (1 / (order + 1)) * penalty)
  }
  return scores
}

/** The statistics of every image: bleuRowWidth numbers each. */
export function bleuRows({ candidates, references, index }: WordSet): Float64Array {
  const rows = new Float64Array(candidates.length * bleuRowWidth)
  const counter = new BleuCounter()
  candidates.forEach((candidate, image) => counter.count(candidate, references[image], index.size, rows, image * bleuRowWidth))
  return rows
}
