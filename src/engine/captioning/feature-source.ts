/** Where a captioner's visual tokens come from, photo by photo: what captioning and training know of images. */
import type { Boxes } from '#engine/captioners/captioner-config.ts'

/** Most often the feature cache (`cached-features.ts`). */
export interface FeatureSource {
  readonly visualTokens: number
  readonly featureWidth: number
  /** Whether mirrored copies are there. */
  readonly mirrored: boolean
  /** Writes one photo's tokens [visualTokens, featureWidth]. */
  readInto(key: string, mirrored: boolean, destination: Float32Array): void
  /**
   * Where visual tokens are regions: writes one photo's mask [visualTokens] (1 for a region, 0 for padding) and boxes [visualTokens, 4]
   * (x0, y0, x1, y1 in 0–1, padding all 0). Tokens of padding are all 0, too.
   */
  readRegionsInto?(key: string, mirrored: boolean, mask: Float32Array, boxes: Float32Array): void
}

/** The grid that visual tokens are the cells of, row by row, behind a class token where there is one. */
export type VisualGrid = Readonly<Omit<Extract<Boxes, { kind: 'cells' }>, 'kind'>>

export interface GridFeatureSource extends FeatureSource {
  readonly grid?: VisualGrid
}
