/**
 * Random numbers by counter: every use draws from a generator made of (seed, stream, index), so that any step of a run can be repeated
 * without the steps before it. That is what makes a resumed run equal to one that was never stopped.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'

/** What the numbers are for; each stream is independent of the others. */
export const streams = {
  weights: 1,
  order: 2,
  captions: 3,
  mirror: 4,
  dropoutPool: 5,
  dropoutOffsets: 6,
  replay: 7,
  sampling: 8,
  scenes: 9,
  imagined: 10,
  projection: 11,
  ballot: 12,
} as const
export type Stream = keyof typeof streams

/** The generator of one use. */
export function randomAt(seed: number, stream: Stream, index: number, subIndex = 0): RandomGenerator {
  let hash = mix(seed | 0)
  hash = mix(hash ^ Math.imul(streams[stream], 0x9e3779b1))
  hash = mix(hash ^ Math.imul(index + 1, 0x85ebca6b))
  hash = mix(hash ^ Math.imul(subIndex + 1, 0xc2b2ae35))
  return xoroshiro128plus(hash)
}

/** Murmur3's finaliser: spreads near seeds over all 32 bits. */
function mix(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35)
  return word ^ (word >>> 16)
}

/** A number in [0, 1) with 32 random bits. */
export function uniform(random: RandomGenerator): number {
  return (random.next() >>> 0) / 2 ** 32
}

/** A quick source of 32 random bits for inner loops (xorshift, Marsaglia 2003), begun by a generator. */
export function quickBits(random: RandomGenerator): () => number {
  let state = random.next() | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** A standard normal number (Box–Muller). */
export function normal(random: RandomGenerator): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(random)))
  return radius * Math.cos(2 * Math.PI * uniform(random))
}

/** 0..count−1 in random order (Fisher–Yates). */
export function permutation(random: RandomGenerator, count: number): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index)
  for (let last = count - 1; last > 0; last--) {
    const other = uniformInt(random, 0, last)
    const kept = order[last]
    order[last] = order[other]
    order[other] = kept
  }
  return order
}

export { uniformInt }
export type { RandomGenerator }
