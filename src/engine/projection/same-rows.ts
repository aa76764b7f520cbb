/** Vectors that are the same, many captions say the same, stand as one while they are laid out: else their nearest ones would be each other alone. */
import type { Neighbours } from './neighbours.ts'
import type { Points } from './rows.ts'

export interface SameRows {
  /** each different vector once */
  distinct: Points
  /** the place among these of each row */
  of: Int32Array
  /** The rows of distinct vector n are `rows[starts[n]]` up to `rows[starts[n + 1]]`, rising. */
  starts: Int32Array
  rows: Int32Array
}

export function gatherSame({ values, size, width }: Points): SameRows {
  const known = new Map<string, number>()
  const of = new Int32Array(size)
  const first: number[] = []
  for (let row = 0; row < size; row++) {
    const key = Buffer.from(values.buffer, values.byteOffset + 4 * row * width, 4 * width).toString('latin1')
    let place = known.get(key)
    if (place === undefined) {
      place = first.push(row) - 1
      known.set(key, place)
    }
    of[row] = place
  }
  const distinct = new Float32Array(first.length * width)
  first.forEach((row, place) => distinct.set(values.subarray(row * width, (row + 1) * width), place * width))
  const starts = new Int32Array(first.length + 1)
  for (const place of of) starts[place + 1]++
  for (let place = 0; place < first.length; place++) starts[place + 1] += starts[place]
  const next = starts.slice()
  const rows = new Int32Array(size)
  for (let row = 0; row < size; row++) rows[next[of[row]]++] = row
  return { distinct: { values: distinct, size: first.length, width }, of, starts, rows }
}

/** Turns from one copy to the next by the golden angle fill a disc evenly (Vogel 1979). */
const goldenAngle = Math.PI * (3 - Math.sqrt(5))

/** All rows: copies of one vector fill a disc around its point, whose area tells how many they are. `points`: [distinct, 2], within −1 to 1. */
export function spreadSame({ of, starts, rows }: SameRows, points: Float32Array): Float32Array {
  const size = of.length
  const spread = new Float32Array(2 * size)
  const step = 0.4 / Math.sqrt(Math.max(1, size))
  for (let place = 0; place + 1 < starts.length; place++) {
    for (let at = starts[place]; at < starts[place + 1]; at++) {
      const copy = at - starts[place]
      const row = rows[at]
      spread[2 * row] = points[2 * place] + step * Math.sqrt(copy) * Math.cos(copy * goldenAngle)
      spread[2 * row + 1] = points[2 * place + 1] + step * Math.sqrt(copy) * Math.sin(copy * goldenAngle)
    }
  }
  return spread
}

/**
 * The nearest rows of each row: its copies, then those of its vector's neighbours. `most` of them, no more than vectors have neighbours, or all others where
 * they are fewer.
 */
export function neighboursOfRows({ of, starts, rows }: SameRows, { count, indices }: Neighbours, most: number): { perRow: number; neighbours: Int32Array } {
  const perRow = Math.min(most, Math.max(0, of.length - 1))
  const neighbours = new Int32Array(of.length * perRow)
  for (let row = 0; row < of.length; row++) {
    let next = row * perRow
    const end = next + perRow
    const take = (place: number): void => {
      for (let at = starts[place]; at < starts[place + 1] && next < end; at++) if (rows[at] !== row) neighbours[next++] = rows[at]
    }
    take(of[row])
    for (let at = of[row] * count; at < (of[row] + 1) * count && next < end; at++) take(indices[at])
  }
  return { perRow, neighbours }
}
