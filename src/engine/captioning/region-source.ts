/** Regions as visual tokens: the means of a photo's grid inside its boxes, padded to the most regions that a photo may have. */
import { regionFeatures, type RegionBox } from '#engine/vision/regions/roi-align.ts'
import type { FeatureSource, VisualGrid } from './feature-source.ts'

/** A photo of which no box is known is one region: itself. */
const wholePhoto: readonly RegionBox[] = [[0, 0, 1, 1]]

export type RegionSource = FeatureSource & Required<Pick<FeatureSource, 'readRegionsInto'>>

/**
 * Regions of photos whose grids a source gives, best box first; those over `limit` are left out. Boxes are in 0–1 of the encoder's input; those of
 * mirror images follow from them.
 */
export function regionSource(
  cells: FeatureSource & { readonly grid: VisualGrid },
  boxesOf: (key: string) => readonly RegionBox[],
  limit: number,
): RegionSource {
  const { grid, featureWidth } = cells
  const values = new Float32Array(cells.visualTokens * featureWidth)
  const regionsOf = (key: string, mirrored: boolean): readonly RegionBox[] => {
    const boxes = boxesOf(key).slice(0, limit)
    const known = boxes.length === 0 ? wholePhoto : boxes
    return mirrored ? known.map(([x0, y0, x1, y1]): RegionBox => [1 - x1, y0, 1 - x0, y1]) : known
  }
  return {
    visualTokens: limit,
    featureWidth,
    mirrored: cells.mirrored,
    readInto(key, mirrored, destination) {
      cells.readInto(key, mirrored, values)
      destination.fill(0).set(regionFeatures({ values, ...grid, width: featureWidth }, regionsOf(key, mirrored)))
    },
    readRegionsInto(key, mirrored, mask, boxes) {
      const known = regionsOf(key, mirrored)
      mask.fill(0).fill(1, 0, known.length)
      boxes.fill(0).set(known.flat())
    },
  }
}
