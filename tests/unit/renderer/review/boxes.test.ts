import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boxBetween, handles, moved, resized, smallestSide, type Place } from '../../../../src/renderer/review/boxes.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true })
const step = fc.double({ min: -2, max: 2, noNaN: true })
const box = fc
  .tuple(share, share, share, share)
  .map(([a, b, c, d]) => boxBetween([a, b], [c, d]))
  .filter(({ width, height }) => width >= smallestSide && height >= smallestSide)

test('a box is the same whichever corner its drawing begins at', () => {
  expect(boxBetween([0.75, 0.5], [0.25, 0.75])).toEqual(boxBetween([0.25, 0.75], [0.75, 0.5]))
  expect(boxBetween([0.75, 0.5], [0.25, 0.75])).toEqual({ left: 0.25, top: 0.5, width: 0.5, height: 0.25 })
})

test('however it is dragged, a box stays in the image: moved it keeps its size, resized it keeps its other corner', () => {
  fc.assert(
    fc.property(box, fc.tuple(step, step), fc.constantFrom(...handles), (from, by: Place, handle) => {
      const there = moved(from, by)
      expect([there.width, there.height]).toEqual([from.width, from.height])
      const grown = resized(from, handle, by)
      for (const { left, top, width, height } of [there, grown]) {
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(-1e-9)
        expect(Math.max(left + width, top + height)).toBeLessThanOrEqual(1 + 1e-9)
        expect(Math.min(width, height)).toBeGreaterThan(smallestSide / 2)
      }
      if (handle.endsWith('left')) expect(grown.left + grown.width).toBeCloseTo(from.left + from.width)
      else expect(grown.left).toBeCloseTo(from.left)
      if (handle.startsWith('top')) expect(grown.top + grown.height).toBeCloseTo(from.top + from.height)
      else expect(grown.top).toBeCloseTo(from.top)
    }),
  )
})
