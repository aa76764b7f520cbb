/**
 * Texts as vectors of their words: tf–idf with a smoothed logarithm (Manning, Raghavan & Schütze 2008, §6.2), each of length 1. Needs no network and no
 * model; two texts are near where they share words that few others have.
 */
import type { Rows } from './rows.ts'

/** A word of a single text relates it to nothing. */
const fewestTexts = 2

export interface WordVectors {
  /** Adds a row: a text, less the mean of those it is judged by where there are any (all zeros where it says what they say). */
  add(text: readonly string[], references?: readonly (readonly string[])[]): void
  /** The rows that were added; one is made whenever it is read. */
  rows(): Rows
}

export function createWordVectors(): WordVectors {
  const idOf = new Map<string, number>()
  /** texts that have the word, by its id */
  const counts: number[] = []
  let texts = 0
  const own: Int32Array[] = []
  const judged: Int32Array[][] = []

  const idsOf = (words: readonly string[]): Int32Array => {
    const ids = Int32Array.from(words, (word) => {
      const known = idOf.get(word)
      if (known !== undefined) return known
      idOf.set(word, counts.length)
      return counts.push(0) - 1
    })
    for (const id of new Set(ids)) counts[id]++
    texts++
    return ids
  }
  return {
    add(text, references = []) {
      own.push(idsOf(text))
      judged.push(references.map(idsOf))
    },
    rows() {
      const kept = counts.flatMap((count, id) => (count >= fewestTexts ? [id] : []))
      const columnOf = new Int32Array(counts.length).fill(-1)
      kept.forEach((id, column) => (columnOf[id] = column))
      const weights = Float64Array.from(kept, (id) => Math.log((1 + texts) / (1 + counts[id])) + 1)
      const vector = new Map<number, number>()
      return {
        size: own.length,
        width: Math.max(1, kept.length),
        read(row) {
          vector.clear()
          addText(vector, own[row], columnOf, weights, 1)
          for (const reference of judged[row]) addText(vector, reference, columnOf, weights, -1 / judged[row].length)
          return { columns: Int32Array.from(vector.keys()), values: Float32Array.from(vector.values()) }
        },
      }
    },
  }
}

/** Adds a share of a text's vector of length 1. */
function addText(vector: Map<number, number>, ids: Int32Array, columnOf: Int32Array, weights: Float64Array, share: number): void {
  const times = new Map<number, number>()
  for (const id of ids) if (columnOf[id] !== -1) times.set(columnOf[id], (times.get(columnOf[id]) ?? 0) + 1)
  let squares = 0
  for (const [column, count] of times) {
    const value = (1 + Math.log(count)) * weights[column]
    times.set(column, value)
    squares += value * value
  }
  const scale = share / Math.sqrt(squares)
  for (const [column, value] of times) vector.set(column, (vector.get(column) ?? 0) + scale * value)
}
