/**
 * Texts as vectors of their words: tf–idf with a smoothed logarithm (Manning, Raghavan & Schütze 2008, §6.2), each of length 1. Needs no network and no
 * model; two texts are near where they share words that few others have.
 */
import type { Rows } from './rows.ts'

interface Words {
  columnOf: ReadonlyMap<string, number>
  weights: Float64Array
}

/** A word of a single text relates it to nothing. */
const fewestTexts = 2

/** One vector a text. */
export function textRows(texts: readonly (readonly string[])[]): Rows {
  const words = wordsOf(texts)
  return sparseRows(
    texts.map((text) => vectorOf(text, words)),
    words,
  )
}

/** One vector for each text: its own less the mean of those it is judged by; all zeros where it says what they say. */
export function differenceRows(texts: readonly (readonly string[])[], references: readonly (readonly (readonly string[])[])[]): Rows {
  const words = wordsOf([...texts, ...references.flat()])
  const vectors = texts.map((text, place) => {
    const difference = vectorOf(text, words)
    const own = references[place] ?? []
    for (const reference of own) {
      for (const [column, value] of vectorOf(reference, words)) difference.set(column, (difference.get(column) ?? 0) - value / own.length)
    }
    return difference
  })
  return sparseRows(vectors, words)
}

function wordsOf(texts: readonly (readonly string[])[]): Words {
  const counts = new Map<string, number>()
  for (const text of texts) for (const word of new Set(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const kept = [...counts].filter(([, count]) => count >= fewestTexts)
  return {
    columnOf: new Map(kept.map(([word], column) => [word, column])),
    weights: Float64Array.from(kept, ([, count]) => Math.log((1 + texts.length) / (1 + count)) + 1),
  }
}

function vectorOf(text: readonly string[], { columnOf, weights }: Words): Map<number, number> {
  const vector = new Map<number, number>()
  for (const word of text) {
    const column = columnOf.get(word)
    if (column !== undefined) vector.set(column, (vector.get(column) ?? 0) + 1)
  }
  let squares = 0
  for (const [column, times] of vector) {
    const value = (1 + Math.log(times)) * weights[column]
    vector.set(column, value)
    squares += value * value
  }
  for (const [column, value] of vector) vector.set(column, value / Math.sqrt(squares))
  return vector
}

function sparseRows(vectors: readonly ReadonlyMap<number, number>[], { weights }: Words): Rows {
  const starts = new Int32Array(vectors.length + 1)
  vectors.forEach((vector, row) => (starts[row + 1] = starts[row] + vector.size))
  const columns = new Int32Array(starts[vectors.length])
  const values = new Float32Array(starts[vectors.length])
  vectors.forEach((vector, row) => {
    columns.set([...vector.keys()], starts[row])
    values.set([...vector.values()], starts[row])
  })
  return {
    size: vectors.length,
    width: Math.max(1, weights.length),
    read: (row) => ({ columns: columns.subarray(starts[row], starts[row + 1]), values: values.subarray(starts[row], starts[row + 1]) }),
  }
}
