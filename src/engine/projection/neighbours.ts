/**
 * The nearest neighbours of all vectors, without comparing each with each: trees of random hyperplanes (Dasgupta & Freund 2008) give first ones, and
 * neighbours of neighbours better them until hardly any changes (NN-descent; Dong, Charikar & Li 2011). Few vectors are compared outright.
 */
import { quickBits, randomAt } from '#shared/random.ts'
import type { Points } from './rows.ts'

export interface Neighbours {
  /** neighbours of each vector */
  count: number
  /** [size, count], nearest first, never itself */
  indices: Int32Array
  /** Euclidean, [size, count] */
  distances: Float32Array
}

/** Up to here every pair is compared. */
const mostCompared = 3000
const trees = 8
const leafSize = 40
/** Candidates of each vector and round, of those that are new and of those that are not. */
const candidates = 20
const mostRounds = 12
/** Neighbours that change in a round, of all, below which it ends. */
const settled = 0.002
const rowsPerStep = 256

/** Finds them in short steps; each yields the share that is done, as far as it can be known. */
export function* nearestNeighbours(points: Points, wanted: number, seed: number): Generator<number, Neighbours> {
  const { size } = points
  const count = Math.max(0, Math.min(wanted, size - 1))
  const lists = new Lists(points, count)
  if (count === 0) return lists.sorted()
  if (size <= mostCompared) {
    for (let one = 0; one < size; one++) {
      for (let other = 0; other < one; other++) lists.meet(one, other)
      if (one % rowsPerStep === 0) yield (one / size) ** 2
    }
    return lists.sorted()
  }
  const order = Int32Array.from({ length: size }, (_, at) => at)
  for (let tree = 0; tree < trees; tree++) {
    const bits = quickBits(randomAt(seed, 'projection', 1, tree))
    for (const [from, to] of leaves(points, order, bits)) {
      for (let a = from; a < to; a++) for (let b = from; b < a; b++) lists.meet(order[a], order[b])
      yield (0.4 * tree) / trees
    }
  }
  for (let round = 0; round < mostRounds; round++) {
    const changes = yield* descend(lists, size, quickBits(randomAt(seed, 'projection', 2, round)), (share) => 0.4 + (0.6 * (round + share)) / mostRounds)
    if (changes < settled * size * count) break
  }
  return lists.sorted()
}

/** Each vector's nearest so far, sorted, with a mark on those that no round has looked at. */
class Lists {
  readonly #values: Float32Array
  readonly #width: number
  readonly count: number
  readonly indices: Int32Array
  readonly #squares: Float32Array
  readonly fresh: Uint8Array

  constructor({ values, size, width }: Points, count: number) {
    this.#values = values
    this.#width = width
    this.count = count
    this.indices = new Int32Array(size * count).fill(-1)
    this.#squares = new Float32Array(size * count).fill(Infinity)
    this.fresh = new Uint8Array(size * count)
  }

  /** Makes two vectors each other's neighbours where they are near enough; how many of both lists changed. */
  meet(one: number, other: number): number {
    if (one === other) return 0
    const [values, width, count] = [this.#values, this.#width, this.count]
    const most = Math.max(this.#squares[(one + 1) * count - 1], this.#squares[(other + 1) * count - 1])
    let [a, b, sum] = [one * width, other * width, 0]
    for (const end = a + width; a < end; a++, b++) {
      const difference = values[a] - values[b]
      sum += difference * difference
    }
    const square = Math.fround(sum)
    return square < most ? this.#insert(one, other, square) + this.#insert(other, one, square) : 0
  }

  #insert(owner: number, neighbour: number, square: number): number {
    const start = owner * this.count
    let at = start + this.count - 1
    if (square >= this.#squares[at]) return 0
    for (let place = start; place <= at; place++) if (this.indices[place] === neighbour) return 0
    for (; at > start && this.#squares[at - 1] > square; at--) {
      this.indices[at] = this.indices[at - 1]
      this.#squares[at] = this.#squares[at - 1]
      this.fresh[at] = this.fresh[at - 1]
    }
    this.indices[at] = neighbour
    this.#squares[at] = square
    this.fresh[at] = 1
    return 1
  }

  sorted(): Neighbours {
    return { count: this.count, indices: this.indices, distances: this.#squares.map((square) => Math.sqrt(square)) }
  }
}

/** Parts of `order`, which it rearranges, whose vectors no random hyperplane has parted. */
function* leaves({ values, width }: Points, order: Int32Array, bits: () => number): Generator<[from: number, to: number], void> {
  const open: [number, number][] = [[0, order.length]]
  const normal = new Float32Array(width)
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [from, to] = part
    if (to - from <= leafSize) {
      yield part
      continue
    }
    const one = order[from + (bits() % (to - from))] * width
    const other = order[from + (bits() % (to - from))] * width
    let offset = 0
    for (let k = 0; k < width; k++) {
      normal[k] = values[one + k] - values[other + k]
      offset += (normal[k] * (values[one + k] + values[other + k])) / 2
    }
    let [low, high] = [from, to]
    while (low < high) {
      const start = order[low] * width
      let margin = -offset
      for (let k = 0; k < width; k++) margin += normal[k] * values[start + k]
      // Vectors that are the same have no side: a coin chooses it, so that parts get smaller all the same.
      if (Math.abs(margin) < 1e-9 ? (bits() & 256) === 0 : margin > 0) low++
      else {
        high--
        const kept = order[low]
        order[low] = order[high]
        order[high] = kept
      }
    }
    // Every leaf has more than anybody's neighbours, so that each vector gets as many as are wanted.
    const middle = low - from < leafSize / 2 || to - low < leafSize / 2 ? (from + to) >> 1 : low
    open.push([from, middle], [middle, to])
  }
}

/** One round: neighbours of a vector meet each other, in both directions, where at least one of them is new. Returns how many neighbours changed. */
function* descend(lists: Lists, size: number, bits: () => number, share: (part: number) => number): Generator<number, number> {
  const { count, indices, fresh } = lists
  const recent = new Candidates(size, bits)
  const older = new Candidates(size, bits)
  for (let owner = 0; owner < size; owner++) {
    for (let place = owner * count; place < (owner + 1) * count; place++) {
      const into = fresh[place] === 1 ? recent : older
      into.add(owner, indices[place])
      into.add(indices[place], owner)
    }
    if (owner % (8 * rowsPerStep) === 0) yield share((0.2 * owner) / size)
  }
  for (let owner = 0; owner < size; owner++) {
    for (let place = owner * count; place < (owner + 1) * count; place++) {
      if (fresh[place] === 1 && recent.has(owner, indices[place])) fresh[place] = 0
    }
  }
  let changes = 0
  for (let owner = 0; owner < size; owner++) {
    const [news, olds] = [recent.of(owner), older.of(owner)]
    for (let a = 0; a < news.length; a++) {
      for (let b = 0; b < a; b++) changes += lists.meet(news[a], news[b])
      for (const old of olds) changes += lists.meet(news[a], old)
    }
    if (owner % rowsPerStep === 0) yield share(0.2 + (0.8 * owner) / size)
  }
  return changes
}

/** A sample of candidates for each vector. */
class Candidates {
  readonly #bits: () => number
  readonly #places: Int32Array
  readonly #seen: Int32Array

  constructor(size: number, bits: () => number) {
    this.#bits = bits
    this.#places = new Int32Array(size * candidates)
    this.#seen = new Int32Array(size)
  }

  add(owner: number, candidate: number): void {
    const seen = this.#seen[owner]++
    const slot = seen < candidates ? seen : this.#bits() % (seen + 1)
    if (slot < candidates) this.#places[owner * candidates + slot] = candidate
  }

  of(owner: number): Int32Array {
    return this.#places.subarray(owner * candidates, owner * candidates + Math.min(candidates, this.#seen[owner]))
  }

  has(owner: number, candidate: number): boolean {
    return this.of(owner).includes(candidate)
  }
}
