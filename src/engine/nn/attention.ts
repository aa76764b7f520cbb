/**
 * Multi-head attention over rows. Token-wise work runs on all rows at once ([groups · length, width]); only the products of queries
 * and keys see groups. Several captions of one image form one long query over its memory, so keys and values are neither repeated
 * nor read twice.
 */
import { add, matMul, multiply, reshape, softmax, transpose, transposeLast } from '../graph/operations.ts'
import { staticDimension } from '../graph/shapes.ts'
import type { Dimension, Value } from '../graph/types.ts'
import type { Scope } from './scope.ts'

/** Rows [groups · length, width] as heads [groups, heads, length, width / heads]. `sources` as in `reshape`. */
export function splitHeads(rows: Value, groups: Dimension, length: Dimension, heads: number, sources: readonly Value[] = []): Value {
  const width = staticDimension(rows.shape[1])
  return transpose(reshape(rows, [groups, length, heads, width / heads], sources), [0, 2, 1, 3])
}

/** The inverse of `splitHeads`; `rowCount` is groups · length. */
export function joinHeads(heads: Value, rowCount: Dimension): Value {
  const [, headCount, , headWidth] = heads.shape
  return reshape(transpose(heads, [0, 2, 1, 3]), [rowCount, staticDimension(headCount) * staticDimension(headWidth)])
}

export interface Attended {
  /** [groups, heads, queries, width / heads] */
  readonly context: Value
  /** [groups, heads, queries, keys], before dropout */
  readonly probabilities: Value
}

/**
 * softmax(Q·Kᵀ/√dk + bias)·V. Queries [groups, heads, queries, dk], keys and values [groups, heads, keys, dk]; `bias` broadcasts
 * over the logits (a mask is a bias of `masked`). Dropout falls on the probabilities.
 */
export function attend(scope: Scope, queries: Value, keys: Value, values: Value, dropout: number, bias?: Value): Attended {
  const headWidth = staticDimension(queries.shape[3])
  const logits = multiply(matMul(queries, transposeLast(keys)), 1 / Math.sqrt(headWidth))
  const probabilities = softmax(bias === undefined ? logits : add(logits, bias))
  return { context: matMul(scope.dropout(probabilities, dropout), values), probabilities }
}

/** The logit of a key that must not be attended to: far below any other, yet finite. */
export const masked = -1e9

/** The mask of a decoder: row t may look at keys 0..t. Row-major [length, length]. */
export function causalMask(length: number): Float32Array {
  return Float32Array.from({ length: length * length }, (_, index) => (index % length > Math.floor(index / length) ? masked : 0))
}
