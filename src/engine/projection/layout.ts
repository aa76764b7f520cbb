/**
 * A graph laid out in two dimensions: neighbours draw each other near, random others push apart, by stochastic gradient descent over edges as often as
 * they are strong (UMAP; McInnes, Healy & Melville 2018, algorithm 5), from a start that is given. Nearness is 1 / (1 + d²), without UMAP's fitted exponents:
 * that hardly changes what one sees (Böhm, Berens & Kobak 2022) and needs no powers.
 */
import { quickBits, randomAt } from '#shared/random.ts'
import type { Graph } from './fuzzy-graph.ts'

const pushesPerPull = 5
const longestStep = 4
const edgesPerStep = 8192

/** Rounds over all edges; fewer where there are many, which settle by their neighbours. */
const roundsFor = (size: number): number => (size <= 10_000 ? 500 : 200)

/** Moves `points` [size, 2] in place, in short steps; each yields the share that is done. */
export function* layOut({ size, heads, tails, weights }: Graph, points: Float32Array, seed: number): Generator<number, void> {
  const rounds = roundsFor(size)
  const bits = quickBits(randomAt(seed, 'projection', 3))
  const strongest = weights.reduce((most, weight) => Math.max(most, weight), 0)
  // An edge is drawn every so many rounds; one that would never be is left out.
  const every = weights.map((weight) => (weight * rounds < strongest ? Infinity : strongest / weight))
  const next = every.slice()
  for (let round = 0; round < rounds; round++) {
    const rate = 1 - round / rounds
    for (let edge = 0; edge < every.length; edge++) {
      if (edge % edgesPerStep === 0) yield (round + edge / every.length) / rounds
      if (next[edge] > round) continue
      next[edge] += every[edge]
      const head = 2 * heads[edge]
      pull(points, head, 2 * tails[edge], rate)
      for (let push = 0; push < pushesPerPull; push++) pushFrom(points, head, 2 * (bits() % size), rate)
    }
  }
}

const clip = (step: number): number => (step > longestStep ? longestStep : step < -longestStep ? -longestStep : step)

function pull(points: Float32Array, head: number, tail: number, rate: number): void {
  const [x, y] = [points[head] - points[tail], points[head + 1] - points[tail + 1]]
  const square = x * x + y * y
  if (square === 0) return
  const slope = -2 / (1 + square)
  const [moveX, moveY] = [rate * clip(slope * x), rate * clip(slope * y)]
  points[head] += moveX
  points[head + 1] += moveY
  points[tail] -= moveX
  points[tail + 1] -= moveY
}

function pushFrom(points: Float32Array, head: number, other: number, rate: number): void {
  if (head === other) return
  const [x, y] = [points[head] - points[other], points[head + 1] - points[other + 1]]
  const square = x * x + y * y
  if (square === 0) return
  const slope = 2 / ((0.001 + square) * (1 + square))
  points[head] += rate * clip(slope * x)
  points[head + 1] += rate * clip(slope * y)
}
