import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placePhoto, toPhoto } from '#engine/vision/photos/placement.ts'
import { regionFeatures, toInputBox, type GridFeatures, type RegionBox } from '#engine/vision/regions/roi-align.ts'

/** Two channels that grow by one a column and by one a row. */
function ramp(rows: number, columns: number): GridFeatures {
  const values = new Float32Array(rows * columns * 2)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      values[(row * columns + column) * 2] = column
      values[(row * columns + column) * 2 + 1] = row
    }
  return { values, rows, columns, width: 2 }
}

describe('region features', () => {
  test('the box of one cell with one sample is that cell', () => {
    const features = regionFeatures(ramp(7, 7), [[3 / 7, 5 / 7, 4 / 7, 6 / 7]], { samples: 1 })
    expect(features[0]).toBeCloseTo(3, 5)
    expect(features[1]).toBeCloseTo(5, 5)
  })

  test('the whole image has the mean of all cells', () => {
    expect(Array.from(regionFeatures(ramp(4, 6), [[0, 0, 1, 1]]))).toEqual([2.5, 1.5])
  })

  test('inside the outermost centres a box of a linear grid has the value at its centre', () => {
    const inside = fc.tuple(fc.double({ min: 0.15, max: 0.5, noNaN: true }), fc.double({ min: 0.02, max: 0.35, noNaN: true }))
    fc.assert(
      fc.property(inside, inside, ([x, boxWidth], [y, boxHeight]) => {
        const [column, row] = regionFeatures(ramp(8, 8), [[x, y, x + boxWidth, y + boxHeight]])
        expect(column).toBeCloseTo((x + boxWidth / 2) * 8 - 0.5, 3)
        expect(row).toBeCloseTo((y + boxHeight / 2) * 8 - 0.5, 3)
      }),
    )
  })

  test('parts of a box go row by row', () => {
    const features = regionFeatures(ramp(8, 8), [[0.25, 0.25, 0.75, 0.75]], { size: 2 })
    expect(Array.from(features)).toEqual([2.5, 2.5, 4.5, 2.5, 2.5, 4.5, 4.5, 4.5])
  })

  test('boxes beyond the edges are cut, empty ones have the value at their place', () => {
    expect(Array.from(regionFeatures(ramp(4, 4), [[-1, -1, 2, 2]]))).toEqual([1.5, 1.5])
    const [column, row] = regionFeatures(ramp(4, 4), [[0.5, 0.5, 0.5, 0.5]])
    expect([column, row]).toEqual([1.5, 1.5])
  })

  test('a class token is kept before the regions, or dropped', () => {
    const { values, ...grid } = ramp(2, 2)
    const withClass: GridFeatures = { ...grid, values: Float32Array.of(9, 8, ...values), classToken: 'first' }
    expect(Array.from(regionFeatures(withClass, [[0, 0, 1, 1]], { classToken: 'kept' }))).toEqual([9, 8, 0.5, 0.5])
    expect(Array.from(regionFeatures(withClass, [[0, 0, 1, 1]]))).toEqual([0.5, 0.5])
    expect(() => regionFeatures(ramp(2, 2), [], { classToken: 'kept' })).toThrow('keeps no class token')
  })

  test('boxes in photo pixels and in the input are each other’s inverse where nothing is cut', () => {
    const box: RegionBox = [200, 100, 400, 300]
    for (const resize of ['crop', 'squash', 'letterbox'] as const) {
      const input = { width: 224, height: 224, mean: [0, 0, 0], std: [1, 1, 1], resize, interpolation: 'bicubic' } satisfies Parameters<typeof placePhoto>[2]
      const placement = placePhoto(640, 480, input)
      const [x0, y0, x1, y1] = toInputBox(placement, input, box)
      toPhoto(placement, [x0 * 224, y0 * 224, x1 * 224, y1 * 224]).forEach((value, index) => expect(value).toBeCloseTo(box[index], 6))
    }
  })
})
