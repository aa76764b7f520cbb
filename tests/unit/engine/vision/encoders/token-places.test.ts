import { expect, test } from 'vitest'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import type { FeatureKey } from '#engine/vision/features/feature-key.ts'
import { placePhoto } from '#engine/vision/photos/placement.ts'
import { boxPlaces, cellPlaces, photoPart } from '#engine/vision/encoders/token-places.ts'

const key = (change: Partial<FeatureKey>): FeatureKey => ({
  encoder: 'e',
  fingerprint: 'f',
  rows: 4,
  columns: 4,
  width: 8,
  pooling: 1,
  mirrored: false,
  ...change,
})
const input = (resize: Preprocessing['resize']): Preprocessing => ({
  width: 100,
  height: 100,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  resize,
  interpolation: 'bicubic',
})

test('cells are row by row, and the class token has no place', () => {
  const places = cellPlaces(key({ rows: 2, columns: 4, classToken: 'first' }))
  expect(places).toHaveLength(9)
  expect(places[0]).toBeNull()
  expect(places[1]).toEqual([0, 0, 0.25, 0.5])
  expect(places[8]).toEqual([0.75, 0.5, 1, 1])
})

test('pooled cells cover the cells that they are the means of, the odd last ones a smaller part', () => {
  const places = cellPlaces(key({ rows: 3, columns: 4, pooling: 2 }))
  expect(places.map((place) => place?.map((edge) => Math.round(edge * 1e6) / 1e6))).toEqual([
    [0, 0, 0.5, 0.666667],
    [0.5, 0, 1, 0.666667],
    [0, 0.666667, 0.5, 1],
    [0.5, 0.666667, 1, 1],
  ])
})

test('regions have the places of their boxes, padding has none', () => {
  expect(boxPlaces({ mask: Float32Array.of(1, 0), boxes: Float32Array.of(0, 0.25, 0.5, 1, 0, 0, 0, 0) })).toEqual([[0, 0.25, 0.5, 1], null])
})

test('a squashed photo has its cells stretched over it', () => {
  expect(photoPart([0, 0, 0.5, 0.25], placePhoto(200, 400, input('squash')), input('squash'))).toEqual({ left: 0, top: 0, width: 0.5, height: 0.25 })
})

test('of a cut photo only the middle has cells', () => {
  const placement = placePhoto(200, 100, input('crop')) // the middle half of its width is seen
  expect(photoPart([0, 0, 1, 1], placement, input('crop'))).toEqual({ left: 0.25, top: 0, width: 0.5, height: 1 })
})

test('cells of a letterboxed photo that show nothing but padding have no place in it', () => {
  const placement = placePhoto(200, 100, input('letterbox')) // 100×50, 25 pixels of padding above and below
  expect(photoPart([0, 0, 0.25, 0.25], placement, input('letterbox'))).toBeNull()
  expect(photoPart([0, 0.25, 0.25, 0.5], placement, input('letterbox'))).toEqual({ left: 0, top: 0, width: 0.25, height: 0.5 })
})
