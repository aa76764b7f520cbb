/** Adds words to a trained captioner: appends rows to its word tables and leaves everything else as it was. */
import type { Captioner, Weights } from '#engine/captioners/captioner.ts'
import { createCaptioner } from '#engine/captioners/create-captioner.ts'
import { extendVocabulary, type Vocabulary } from '#engine/text/vocabulary.ts'

export interface WordedCaptioner {
  captioner: Captioner
  weights: Weights
  vocabulary: Vocabulary
}

export interface GrownCaptioner extends WordedCaptioner {
  /** The captioner as it was, in the new one's shape: the new words read like UNK and are never likely. */
  teacher: Weights
}

/** exp of it is 0 in float32, and it is finite. */
const ruledOut = -1e4

/**
 * Appends rows for `words`; UNK's row moves behind them. A new word starts as a copy of UNK, which stood for it until now. The new words and UNK
 * share the probability that UNK had, so the probability of every old word stays exactly the same.
 */
export function growVocabulary({ captioner, weights, vocabulary }: WordedCaptioner, words: readonly string[]): GrownCaptioner {
  if (words.length === 0) return { captioner, weights, vocabulary, teacher: weights }
  const grown = extendVocabulary(vocabulary, words)
  const { all, bias } = captioner.wordTables
  const rows = vocabulary.words.length + 1
  const larger = new Map(weights)
  for (const name of all) larger.set(name, withRows(tableOf(weights, name), rows, words.length))
  const before = tableOf(larger, bias)
  const changed = (first: number, end: number, change: (logit: number) => number) =>
    before.map((logit, id) => (id >= first && id < end ? change(logit) : logit))
  const teacher = new Map(larger)
  teacher.set(
    bias,
    changed(vocabulary.unknownId, grown.unknownId, () => ruledOut),
  )
  const share = Math.log(words.length + 1)
  larger.set(
    bias,
    changed(vocabulary.unknownId, grown.unknownId + 1, (logit) => logit - share),
  )
  return { captioner: createCaptioner({ ...captioner.config, words: grown.words.length }), weights: larger, vocabulary: grown, teacher }
}

/** A table of `rows` rows, and `more` copies of the last one (UNK's) behind it. */
function withRows(table: Float32Array, rows: number, more: number): Float32Array {
  const width = table.length / rows
  const grown = new Float32Array(table.length + more * width)
  grown.set(table)
  const last = table.subarray(table.length - width)
  for (let row = 0; row < more; row++) grown.set(last, table.length + row * width)
  return grown
}

function tableOf(weights: Weights, name: string): Float32Array {
  const table = weights.get(name)
  if (table === undefined) throw new Error(`the weights lack '${name}'`)
  return table
}
