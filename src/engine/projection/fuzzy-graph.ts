/** How strongly each vector holds to its neighbours: the fuzzy simplicial set of UMAP (McInnes, Healy & Melville 2018, §3.1 and algorithms 2 and 3). */
import type { Neighbours } from './neighbours.ts'

export interface Graph {
  size: number
  /** Edges in both directions. */
  heads: Int32Array
  tails: Int32Array
  /** 0 to 1 */
  weights: Float32Array
}

const rowsPerStep = 256
const bisections = 64
const tolerance = 1e-5
/** A neighbourhood is never narrower than this share of its mean distance. */
const narrowest = 1e-3

/** Weighs the edges in short steps; each yields the share that is done. */
export function* fuzzyGraph({ count, indices, distances }: Neighbours): Generator<number, Graph> {
  const size = count === 0 ? 0 : indices.length / count
  const strengths = yield* strengthsOf(distances, size, count)
  // Each neighbour, and each the other way round that is none itself.
  const heads = new Int32Array(2 * indices.length)
  const tails = new Int32Array(2 * indices.length)
  const weights = new Float32Array(2 * indices.length)
  let edges = 0
  const add = (head: number, tail: number, weight: number): void => {
    heads[edges] = head
    tails[edges] = tail
    weights[edges++] = weight
  }
  for (let head = 0; head < size; head++) {
    for (let place = head * count; place < (head + 1) * count; place++) {
      const tail = indices[place]
      const one = strengths[place]
      let back = -1
      for (let other = tail * count; other < (tail + 1) * count && back === -1; other++) if (indices[other] === head) back = other
      const other = back === -1 ? 0 : strengths[back]
      const weight = one + other - one * other // either of them says so
      add(head, tail, weight)
      if (back === -1) add(tail, head, weight)
    }
    if (head % rowsPerStep === 0) yield (1 + head / size) / 2
  }
  return { size, heads: heads.subarray(0, edges), tails: tails.subarray(0, edges), weights: weights.subarray(0, edges) }
}

/** exp(−(distance − nearest) / width), the width chosen so that they sum to log₂ of the neighbours. */
function* strengthsOf(distances: Float32Array, size: number, count: number): Generator<number, Float32Array> {
  const strengths = new Float32Array(distances.length)
  const target = Math.log2(count + 1)
  let total = 0
  for (const distance of distances) total += distance
  const meanOfAll = total / Math.max(1, distances.length)
  for (let row = 0; row < size; row++) {
    const own = distances.subarray(row * count, (row + 1) * count)
    const nearest = own.find((distance) => distance > 0) ?? 0
    let [low, high, width] = [0, Infinity, 1]
    for (let step = 0; step < bisections; step++) {
      let sum = 0
      for (const distance of own) sum += distance > nearest ? Math.exp(-(distance - nearest) / width) : 1
      if (Math.abs(sum - target) < tolerance) break
      if (sum > target) high = width
      else low = width
      width = high === Infinity ? 2 * width : (low + high) / 2
    }
    let mean = 0
    for (const distance of own) mean += distance / count
    width = Math.max(width, narrowest * (nearest > 0 ? mean : meanOfAll), 1e-12)
    for (let k = 0; k < count; k++) strengths[row * count + k] = own[k] > nearest ? Math.exp(-(own[k] - nearest) / width) : 1
    if (row % rowsPerStep === 0) yield row / size / 2
  }
  return strengths
}
