import fc from 'fast-check'
import { expect, test } from 'vitest'
import { uprightShares } from '#engine/vision/regions/upright-boxes.ts'

const stored = { width: 400, height: 300, orientation: 6 }

test('boxes of the stored pixels turn with a photo that EXIF turns', () => {
  expect(uprightShares([200, 0, 400, 300], stored, stored)).toEqual([0, 0.5, 1, 1]) // the right half becomes the lower one
  expect(uprightShares([200, 0, 400, 300], stored, { ...stored, orientation: 8 })).toEqual([0, 0, 1, 0.5])
})

test('boxes of the upright pixels stay, at whatever size the file says', () => {
  expect(uprightShares([150, 0, 300, 400], { width: 300, height: 400 }, stored)).toEqual([0.5, 0, 1, 1])
  expect(uprightShares([400, 0, 800, 600], { width: 800, height: 600 }, { ...stored, orientation: 1 })).toEqual([0.5, 0, 1, 1])
})

test('whatever the turn and the size, a box keeps its share of the photo and stays inside', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(share, share, share, share, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 4 }), (a, b, c, d, orientation, scale) => {
      const said = { width: 400 * scale, height: 300 * scale }
      const [x0, x1, y0, y1] = [Math.min(a, b), Math.max(a, b), Math.min(c, d), Math.max(c, d)]
      const box = uprightShares([x0 * said.width, y0 * said.height, x1 * said.width, y1 * said.height], said, { ...stored, orientation })
      expect((box[2] - box[0]) * (box[3] - box[1])).toBeCloseTo((x1 - x0) * (y1 - y0), 9)
      for (const edge of box) expect(edge >= 0 && edge <= 1).toBe(true)
    }),
  )
})
