/**
 * Long lists of ids on their way between processes. A list of 120,000 numbers is copied number by number at each border (and once more by the
 * context bridge); as one typed array it is copied as bytes. The contract knows nothing of it: who sends packs, who receives unpacks.
 */

/** Shorter lists gain nothing. */
const shortest = 1000

/** A long list of whole numbers below 2³² as a typed array; anything else as it is. */
export function packIds(value: unknown): unknown {
  if (!Array.isArray(value) || value.length < shortest) return value
  const packed = new Uint32Array(value.length)
  for (let index = 0; index < value.length; index += 1) {
    const id: unknown = value[index]
    if (typeof id !== 'number') return value
    packed[index] = id
    if (packed[index] !== id) return value // a fraction, negative or too large
  }
  return packed
}

/** What `packIds` was given. */
export function unpackIds(value: unknown): unknown {
  return value instanceof Uint32Array ? listOf(value) : value
}

/** `Array.from`, which asks a typed array's iterator for each number, takes eight times as long: 60 ms of a million. */
export function listOf(packed: Uint32Array): number[] {
  const list = new Array<number>(packed.length)
  for (let index = 0; index < packed.length; index += 1) list[index] = packed[index]
  return list
}
