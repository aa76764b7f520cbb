/**
 * Indices that undo each other: `rows[places[p]] = p`. Where a gather's indices have an inverse, its gradient is a gather as well, in place of a sum by
 * indices, which runs on one core.
 */
import type { Value } from './types.ts'

const inverses = new WeakMap<Value, Value>()

/**
 * Says that two vectors of indices undo each other. `places` may leave rows of the larger table out; `rows` then names, for those, a place whose gradient
 * is zero: that is the author's promise, and no rule can check it.
 */
export function declareInverse(places: Value, rows: Value): void {
  inverses.set(places, rows)
  inverses.set(rows, places)
}

export function inverseOf(indices: Value): Value | undefined {
  return inverses.get(indices)
}
