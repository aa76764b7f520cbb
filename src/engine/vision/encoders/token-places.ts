/** Where visual tokens are: in an encoder's input, and from there in the photo. */
import { storedGrid, type FeatureKey } from '../features/feature-key.ts'
import { toPhoto, type Placement } from '../photos/placement.ts'
import type { RegionBox } from '../regions/roi-align.ts'

/** The part of the input, in 0–1, that each stored token stands for, in their order; null for the class token, which stands for all of it. */
export function cellPlaces(key: FeatureKey): (RegionBox | null)[] {
  const stored = storedGrid(key)
  const places: (RegionBox | null)[] = key.classToken === undefined ? [] : [null]
  for (let row = 0; row < stored.rows; row++)
    for (let column = 0; column < stored.columns; column++) {
      const edge = (cell: number, cells: number): number => Math.min(cell * key.pooling, cells) / cells
      places.push([edge(column, key.columns), edge(row, key.rows), edge(column + 1, key.columns), edge(row + 1, key.rows)])
    }
  return places
}

/** The boxes of one photo's regions: those that its mask [tokens] tells from padding, of boxes [tokens, 4]. */
export function boxPlaces({ mask, boxes }: { mask: Float32Array; boxes: Float32Array }): (RegionBox | null)[] {
  return Array.from(mask, (there, token) => (there === 0 ? null : [boxes[4 * token], boxes[4 * token + 1], boxes[4 * token + 2], boxes[4 * token + 3]]))
}

/** A part of the photo, in shares of its width and height. */
export interface PhotoPart {
  left: number
  top: number
  width: number
  height: number
}

/** What of the photo a part of the input shows; null where that is nothing but padding. */
export function photoPart(place: RegionBox, placement: Placement, input: { width: number; height: number }): PhotoPart | null {
  const [x0, y0, x1, y1] = toPhoto(placement, [place[0] * input.width, place[1] * input.height, place[2] * input.width, place[3] * input.height])
  const { photoWidth, photoHeight } = placement
  const part = { left: x0 / photoWidth, top: y0 / photoHeight, width: (x1 - x0) / photoWidth, height: (y1 - y0) / photoHeight }
  return part.width > 0 && part.height > 0 ? part : null
}
