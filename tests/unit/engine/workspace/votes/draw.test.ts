/** Which pairs come, in which order, and who stands left. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawPairs, drawSome } from '#engine/workspace/votes/draw.ts'
import { repeatsOf } from '#shared/votes/votes.ts'

const counts = fc.integer({ min: 1, max: 200 })
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 })
const shares = fc.double({ min: 0, max: 0.5, noNaN: true })
const surplus = (sides: readonly string[]): number => sides.reduce((sum, side) => sum + (side === 'a' ? 1 : -1), 0)

describe('pairs of a ballot', () => {
  test('each comes once, and each side stands left as often as right, but for one, with and without repeats', () => {
    fc.assert(
      fc.property(counts, seeds, shares, (count, seed, repeatShare) => {
        const drawn = drawPairs(count, { repeatShare, seed })
        const firsts = drawn.filter(({ again }) => !again)
        expect(firsts.map(({ item }) => item).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, item) => item))
        expect(Math.abs(surplus(firsts.map(({ left }) => left)))).toBeLessThanOrEqual(1)
        expect(Math.abs(surplus(drawn.map(({ left }) => left)))).toBeLessThanOrEqual(1)
      }),
      { numRuns: 300 },
    )
  })

  test('as many as asked for come again, once each, sides swapped, half a ballot later', () => {
    fc.assert(
      fc.property(counts, seeds, shares, (count, seed, repeatShare) => {
        const drawn = drawPairs(count, { repeatShare, seed })
        const again = drawn.filter((pair) => pair.again)
        expect(again).toHaveLength(repeatsOf(count, repeatShare))
        expect(new Set(again.map(({ item }) => item)).size).toBe(again.length)
        for (const pair of again) {
          const first = drawn.findIndex(({ item, again: second }) => item === pair.item && !second)
          expect(drawn[first].left).not.toBe(pair.left)
          expect(drawn.indexOf(pair) - first).toBeGreaterThanOrEqual(Math.max(1, Math.floor(count / 2)))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('the same seed draws the same, another one another order of sides', () => {
    const settings = { repeatShare: 0.1, seed: 5 }
    expect(drawPairs(40, settings)).toEqual(drawPairs(40, settings))
    expect(drawPairs(40, settings)).not.toEqual(drawPairs(40, { ...settings, seed: 6 }))
    expect(drawSome(1000, 20, 5)).toEqual(drawSome(1000, 20, 5))
    expect(new Set(drawSome(1000, 20, 5)).size).toBe(20)
    expect(drawSome(3, 20, 5).sort()).toEqual([0, 1, 2])
  })

  test('a tenth comes again, at least five where there are ten pairs, none where none are asked for', () => {
    expect([100, 60, 20, 10, 6, 1].map((pairs) => repeatsOf(pairs, 0.1))).toEqual([10, 6, 5, 5, 3, 0])
    expect(repeatsOf(100, 0)).toBe(0)
    expect(repeatsOf(100, 0.5)).toBe(50)
  })
})
