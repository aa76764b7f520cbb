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
  /** texts that have the word, and the last of them, by its id */
  const counts: number[] = []
  const lastIn: number[] = []
  /** Word ids of all texts, one after the other: text n ends before `ends[n]`; row n is the texts before `rowEnds[n]`, its own first. */
  let ids = new Int32Array(1024)
  let length = 0
  const ends: number[] = []
  const rowEnds: number[] = []

  const addWords = (words: readonly string[]): void => {
    if (length + words.length > ids.length) {
      const grown = new Int32Array(2 * (length + words.length))
      grown.set(ids)
      ids = grown
    }
    for (const word of words) {
      let id = idOf.get(word)
      if (id === undefined) {
        id = counts.push(0) - 1
        lastIn.push(-1)
        idOf.set(word, id)
      }
      if (lastIn[id] !== ends.length) counts[id]++
      lastIn[id] = ends.length
      ids[length++] = id
    }
    ends.push(length)
  }
  return {
    add(text, references = []) {
      addWords(text)
      references.forEach(addWords)
      rowEnds.push(ends.length)
    },
    rows() {
      const kept = counts.flatMap((count, id) => (count >= fewestTexts ? [id] : []))
      const columnOf = new Int32Array(counts.length).fill(-1)
      kept.forEach((id, column) => (columnOf[id] = column))
      const weights = Float64Array.from(kept, (id) => Math.log((1 + ends.length) / (1 + counts[id])) + 1)
      const vector = new Map<number, number>()
      return {
        size: rowEnds.length,
        width: Math.max(1, kept.length),
        read(row) {
          vector.clear()
          const first = row === 0 ? 0 : rowEnds[row - 1]
          const references = rowEnds[row] - first - 1
          for (let text = first; text < rowEnds[row]; text++) {
            const words = ids.subarray(text === 0 ? 0 : ends[text - 1], ends[text])
            addText(vector, words, columnOf, weights, text === first ? 1 : -1 / references)
          }
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
