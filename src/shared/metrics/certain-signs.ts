/** Which differences of a table may be coloured. */
import { holm, significance } from './holm.ts'
import { signOf } from './figure-text.ts'

export type Sign = 'up' | 'down' | 'same'

/** A difference as a table shows it. `p`: null where it carries none. */
export interface ShownDifference {
  value: number
  p: number | null
}

/**
 * Up or down only beyond doubt: p after Holm's correction over all differences of the table, and none that rounds to nothing. A difference without p is
 * never coloured.
 */
export function certainSigns<Key>(differences: readonly (readonly [Key, ShownDifference])[]): Map<Key, Sign> {
  const tested = differences.flatMap(([key, { value, p }]) => (p === null ? [] : [{ key, value, p }]))
  const adjusted = holm(tested.map(({ p }) => p))
  return new Map(tested.map(({ key, value }, index) => [key, adjusted[index] <= significance ? signOf(value) : 'same']))
}

/** What a table says of its colours. */
export const coloursNote = `coloured where p stays at most ${significance} after Holm’s correction over all differences of the table`
