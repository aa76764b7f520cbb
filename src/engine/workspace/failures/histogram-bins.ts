/** The edges of a histogram's bars: round numbers, few enough to click, with everything beyond the usual in the bars at the ends. */
import type { Measure } from '#shared/slices/filters.ts'

const mostBars = 20
const sampled = 4000
/** The share of values that each open bar takes at most, about. */
const tail = 0.005
const counted: ReadonlySet<Measure> = new Set(['words', 'invented', 'rare-missed'])

/** Edges from the lowest to the highest, bars + 1 of them; the first is −∞ and the last ∞ where values lie beyond. None where nothing is known. */
export function binsOf(measure: Measure, sides: readonly Float64Array[]): Float64Array {
  let [least, most] = [Infinity, -Infinity]
  const sample: number[] = []
  for (const values of sides) {
    const stride = Math.max(1, Math.floor(values.length / sampled))
    for (let at = 0; at < values.length; at++) {
      const value = values[at]
      if (Number.isNaN(value)) continue
      if (value < least) least = value
      if (value > most) most = value
      if (at % stride === 0) sample.push(value)
    }
  }
  if (least > most) return new Float64Array(0)
  const sorted = Float64Array.from(sample).sort()
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? least
  const [low, high] = counted.has(measure) ? [least, Math.max(least, at(1 - tail))] : [at(tail), at(1 - tail)]
  const width = widthOf(low, high, counted.has(measure))
  const first = Math.floor(low / width + 1e-9)
  const last = Math.max(first + 1, counted.has(measure) ? Math.floor(high / width + 1e-9) + 1 : Math.ceil(high / width - 1e-9))
  // By whole multiples, not by sums, so that an edge is the number that people read.
  const edges = Float64Array.from({ length: last - first + 1 }, (_, bar) => Number(((first + bar) * width).toPrecision(12)))
  if (least < edges[0]) edges[0] = -Infinity
  if (most >= edges[edges.length - 1]) edges[edges.length - 1] = Infinity
  return edges
}

/** The smallest round width with which all fits in so many bars: 1, 2 or 5 of a power of ten, a whole number of what is counted. */
function widthOf(low: number, high: number, whole: boolean): number {
  const wanted = Math.max((high - low) / mostBars, whole ? 1 : 1e-6)
  const power = 10 ** Math.floor(Math.log10(wanted))
  const step = [1, 2, 5, 10].find((each) => each * power >= wanted * (1 - 1e-9)) ?? 10
  return step * power
}

/** The bar that a value is in. */
export function binAt(edges: Float64Array, value: number): number {
  let [low, high] = [0, edges.length - 1]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (value >= edges[middle]) low = middle
    else high = middle
  }
  return low
}
