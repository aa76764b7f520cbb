/** New words for a captioner that learned without them: rows appended to its word tables, everything else as it was. */
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

/** The tables with a row for every id 0..V. */
export const wordTables: readonly string[] = ['model.tgt_embed.0.lut.weight', 'model.generator.proj.weight', 'model.generator.proj.bias']
const generatorBias = 'model.generator.proj.bias'

/** exp of it is 0 in float32, and it is finite. */
const ruledOut = -1e4

/**
 * Appends rows for `words`, UNK's row moving behind them. A new word starts as a copy of UNK, which stood for it so far, and all of them with UNK
 * share the probability that UNK had: of every old word the captioner says exactly what it said before.
 */
export function growVocabulary({ captioner, weights, vocabulary }: WordedCaptioner, words: readonly string[]): GrownCaptioner {
  if (words.length === 0) return { captioner, weights, vocabulary, teacher: weights }
  const grown = extendVocabulary(vocabulary, words)
  const { width } = captioner.config
  const larger = new Map(weights)
  for (const name of wordTables) {
    const table = weights.get(name)
    if (table !== undefined) larger.set(name, withRows(table, name === generatorBias ? 1 : width, words.length))
  }
  const teacher = new Map(larger)
  teacher.set(
    generatorBias,
    changedBias(larger, vocabulary.unknownId, grown.unknownId, () => ruledOut),
  )
  const share = Math.log(words.length + 1)
  larger.set(
    generatorBias,
    changedBias(larger, vocabulary.unknownId, grown.unknownId + 1, (bias) => bias - share),
  )
  return { captioner: createCaptioner({ ...captioner.config, words: grown.words.length }), weights: larger, vocabulary: grown, teacher }
}

/** Copies of the last row (UNK's) behind it. */
function withRows(table: Float32Array, width: number, rows: number): Float32Array {
  const grown = new Float32Array(table.length + rows * width)
  grown.set(table)
  const last = table.subarray(table.length - width)
  for (let row = 0; row < rows; row++) grown.set(last, table.length + row * width)
  return grown
}

function changedBias(weights: Weights, first: number, end: number, change: (bias: number) => number): Float32Array {
  const bias = Float32Array.from(weights.get(generatorBias) ?? [])
  for (let id = first; id < end; id++) bias[id] = change(bias[id])
  return bias
}
