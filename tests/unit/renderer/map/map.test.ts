/** A map's lasso, its camera, how points are found on it, and what its colours mean. */
import { describe, expect, test } from 'vitest'
import { mostNames, noName } from '#shared/slices/maps.ts'
import { panned, toMap, toScreen, wholeMap, zoomed } from '../../../../src/renderer/map/camera.ts'
import { colouringOf } from '../../../../src/renderer/map/colours.ts'
import { isInside, placesInside } from '../../../../src/renderer/map/lasso.ts'
import { paintPoints } from '../../../../src/renderer/map/paint-points.ts'
import { openGrid } from '../../../../src/renderer/map/point-grid.ts'

const points = Float32Array.from([0, 0, 0.5, 0.5, -0.5, 0.5, 0.5, -0.5, 0.1, 0])

describe('a lasso', () => {
  test('takes the points within its line, also where that bends inwards', () => {
    const square = [-0.2, -0.2, 0.2, -0.2, 0.2, 0.2, -0.2, 0.2]
    expect(placesInside(square, points)).toEqual([0, 4])
    // A horseshoe open to the top: what lies in its opening is outside.
    const horseshoe = [-1, -1, 1, -1, 1, 1, 0.4, 1, 0.4, -0.3, -0.4, -0.3, -0.4, 1, -1, 1]
    expect(placesInside(horseshoe, points)).toEqual([1, 2, 3])
    expect(isInside(horseshoe, 0, 0)).toBe(false)
  })

  test('of less than three corners takes nothing', () => {
    expect(placesInside([0, 0, 1, 1], points)).toEqual([])
  })
})

describe('the camera', () => {
  const size = { width: 800, height: 400 }

  test('goes nearer to what is under the pointer, which stays there', () => {
    const at = { x: 130, y: 90 }
    const before = toMap(wholeMap, size, at)
    const near = zoomed(wholeMap, size, 3, at)
    expect(near.zoom).toBe(3)
    expect(toScreen(near, size, before).x).toBeCloseTo(at.x, 6)
    expect(toScreen(near, size, before).y).toBeCloseTo(at.y, 6)
    expect(zoomed(near, size, 0.01, at).zoom).toBe(1)
  })

  test('moves with the hand', () => {
    const start = zoomed(wholeMap, size, 4, { x: 400, y: 200 })
    const moved = panned(start, size, { x: 30, y: -20 })
    const spot = { x: 0.1, y: 0.05 }
    expect(toScreen(moved, size, spot).x - toScreen(start, size, spot).x).toBeCloseTo(30, 6)
    expect(toScreen(moved, size, spot).y - toScreen(start, size, spot).y).toBeCloseTo(-20, 6)
  })
})

describe('points', () => {
  const grid = openGrid(points)

  test('are found near a spot, and only within reach', () => {
    expect(grid.nearest(0.08, 0.01, 0.1)).toBe(4)
    expect(grid.nearest(0.45, 0.45, 0.1)).toBe(1)
    expect(grid.nearest(-0.5, -0.5, 0.3)).toBe(-1)
  })

  test('are walked by direction, and taken with their nearest', () => {
    expect(grid.towards(0, 1, 0)).toBe(4)
    expect(grid.towards(4, 0, 1)).toBe(1)
    expect(grid.towards(1, 1, 0)).toBe(-1)
    expect(grid.around(0, 3)).toEqual([0, 4, 1])
  })
})

describe('colours', () => {
  test('part numbers at their fifths; what is not known has its own', () => {
    const values = Float32Array.from([...Array.from({ length: 100 }, (_, at) => at), Number.NaN])
    const { of, legend } = colouringOf({ kind: 'numbers', values }, 'light')
    expect(legend.map((entry) => entry.points)).toEqual([20, 20, 20, 20, 20, 1])
    expect(new Set(legend.map((entry) => entry.colour)).size).toBe(6)
    expect(legend.map(({ from, to }) => [from, to]).slice(0, 5)).toEqual([
      [null, 20],
      [20, 40],
      [40, 60],
      [60, 80],
      [80, null],
    ])
    expect(of[100]).toBe(5)
  })

  test('numbers of few kinds have as many steps as there are', () => {
    const { legend } = colouringOf({ kind: 'numbers', values: Float32Array.from([0, 0, 0, 0, 0, 0, 0, 1, 1, 1]) }, 'dark')
    expect(legend.filter((entry) => entry.points > 0).map((entry) => entry.points)).toEqual([7, 3])
    const same = colouringOf({ kind: 'numbers', values: Float32Array.from([2, 2]) }, 'dark')
    expect(same.legend.filter((entry) => entry.points > 0).map(({ points: many }) => many)).toEqual([2])
  })

  test('names have one each, others share one, and no name is no colour of a name', () => {
    const names = [...Array.from({ length: mostNames }, (_, at) => `n${at}`), 'other']
    const { of, legend } = colouringOf({ kind: 'names', names, of: Uint8Array.from([0, 1, mostNames, noName]) }, 'light')
    expect([...of]).toEqual([0, 1, mostNames, mostNames + 1])
    expect(new Set(legend.map((entry) => entry.colour)).size).toBe(mostNames + 2)
  })
})

describe('points drawn without WebGL', () => {
  const size = { width: 200, height: 200 }
  const pixels = { ...size, data: new Uint8ClampedArray(4 * 200 * 200) }
  const red = Uint8Array.from([255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255])
  const at = (x: number, y: number): number[] => {
    const spot = toScreen(wholeMap, size, { x, y })
    const start = 4 * (Math.round(spot.y) * 200 + Math.round(spot.x))
    return [...pixels.data.subarray(start, start + 4)]
  }

  test('stand where the map has them, in their colour, those that filters leave not faded', () => {
    paintPoints(pixels, { points, colours: red, left: Uint8Array.from([1, 0, 1, 1, 1]) }, { camera: wholeMap, diameter: 5 })
    expect(at(0, 0)).toEqual([255, 0, 0, 217])
    expect(at(-0.5, 0.5).slice(0, 3)).toEqual([0, 0, 255])
    expect(at(0.5, 0.5)[3]).toBeLessThan(50)
    expect(at(-0.5, -0.5)).toEqual([0, 0, 0, 0])
  })

  test('outside of the picture leave it alone', () => {
    const camera = { x: -1, y: -1, zoom: 8 }
    paintPoints(pixels, { points, colours: red, left: new Uint8Array(5).fill(1) }, { camera, diameter: 5 })
    expect(pixels.data.every((value) => value === 0)).toBe(true)
  })
})
