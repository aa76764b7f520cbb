/** In which order pairs come before voters, which text stands left, and which come again. Pure, and the same for the same seed. */
import { repeatsOf } from '#shared/votes/votes.ts'
import { permutation, randomAt, uniform, uniformInt } from '#shared/random.ts'

export interface DrawnPair {
  /** Which of the pairs, from 0. */
  item: number
  left: 'a' | 'b'
  /** The second showing, sides swapped. */
  again: boolean
}

/** `most` of 0…count−1 (all where there are fewer), in random order. */
export function drawSome(count: number, most: number, seed: number): number[] {
  return [...permutation(randomAt(seed, 'ballot', 0), count)].slice(0, most)
}

/**
 * Pairs 0…count−1 in the order given, each once, with some of the first half again in the second, at least half a ballot later. Each side stands left as
 * often as right, but for one: among all showings and among first ones.
 */
export function drawPairs(count: number, { repeatShare, seed }: { repeatShare: number; seed: number }): DrawnPair[] {
  const early = Math.ceil(count / 2)
  const firsts = balancedSides(early, count, seed)
  const repeated = chooseRepeated(firsts, early, repeatsOf(count, repeatShare), seed)
  const random = randomAt(seed, 'ballot', 3)
  const shown = firsts.map((left, item) => ({ at: item, pair: { item, left, again: false } }))
  const again = repeated.map((item) => {
    const from = item + Math.floor(count / 2)
    return { at: from + uniform(random) * (count - from), pair: { item, left: other(firsts[item]), again: true } }
  })
  return [...shown, ...again].sort((one, two) => one.at - two.at || Number(one.pair.again) - Number(two.pair.again)).map(({ pair }) => pair)
}

const other = (side: 'a' | 'b'): 'a' | 'b' => (side === 'a' ? 'b' : 'a')

/** Who stands left, balanced in either half and over both. */
function balancedSides(early: number, count: number, seed: number): ('a' | 'b')[] {
  const more = uniformInt(randomAt(seed, 'ballot', 1), 0, 1) === 0 ? 'a' : 'b'
  const half = (length: number, favoured: 'a' | 'b', index: number): ('a' | 'b')[] => {
    const order = permutation(randomAt(seed, 'ballot', 1, index), length)
    return Array.from(order, (place) => (place < Math.ceil(length / 2) ? favoured : other(favoured)))
  }
  return [...half(early, more, 1), ...half(count - early, other(more), 2)]
}

/** Pairs of the first half, so many left with a that their second showings even out who stands left more often. */
function chooseRepeated(firsts: readonly ('a' | 'b')[], early: number, repeats: number, seed: number): number[] {
  const surplus = firsts.reduce((sum, left) => sum + (left === 'a' ? 1 : -1), 0)
  const order = [...permutation(randomAt(seed, 'ballot', 2), early)]
  const [ofA, ofB] = (['a', 'b'] as const).map((side) => order.filter((item) => firsts[item] === side))
  const wanted = Math.round((surplus + repeats) / 2)
  const fromA = Math.min(ofA.length, repeats, Math.max(0, repeats - ofB.length, wanted))
  return [...ofA.slice(0, fromA), ...ofB.slice(0, repeats - fromA)]
}
