/** What a captioner reads of a batch's photos, filled photo by photo from a feature source. */
import type { Captioner } from '#engine/captioners/captioner.ts'
import type { Regions } from '#engine/decoding/caption-decoder.ts'
import { AppError } from '#shared/errors.ts'
import type { FeatureSource } from './batches.ts'

export interface VisualBatch {
  /** [images, visualTokens, featureWidth] */
  readonly features: Float32Array
  /** Read where visual tokens are regions: mask [images, visualTokens], boxes [images, visualTokens, 4]. */
  readonly regions: Required<Regions>
}

export function createVisualBatch(images: number, visualTokens: number, featureWidth: number): VisualBatch {
  const tokens = images * visualTokens
  return { features: new Float32Array(tokens * featureWidth), regions: { mask: new Float32Array(tokens), boxes: new Float32Array(tokens * 4) } }
}

/** Writes one photo into its place in a batch. */
export function readVisual({ features, regions }: VisualBatch, place: number, source: FeatureSource, key: string, mirrored: boolean): void {
  const { visualTokens, featureWidth } = source
  const part = (values: Float32Array, width: number) => values.subarray(place * visualTokens * width, (place + 1) * visualTokens * width)
  source.readInto(key, mirrored, part(features, featureWidth))
  source.readRegionsInto?.(key, mirrored, part(regions.mask, 1), part(regions.boxes, 4))
}

/** Throws AppError `bad-input` where the captioner sees regions and the source has none. */
export function requireRegions({ visualInputs }: Pick<Captioner, 'visualInputs'>, { readRegionsInto }: FeatureSource): void {
  if (visualInputs.length === 0 || readRegionsInto !== undefined) return
  throw new AppError('bad-input', 'This captioner sees regions, and these features are those of a grid.', {
    todo: 'Choose a captioner over grids, or give it regions.',
  })
}
