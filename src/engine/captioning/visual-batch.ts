/** What a captioner reads of a batch's photos, filled photo by photo from a feature source. */
import type { Captioner } from '#engine/captioners/captioner.ts'
import type { Regions, VisualInput } from '#engine/decoding/caption-decoder.ts'
import { AppError } from '#shared/errors.ts'
import type { FeatureSource } from './feature-source.ts'

export interface VisualBatch extends VisualInput {
  /** Read where visual tokens are regions: mask [images, visualTokens], boxes [images, visualTokens, 4]. */
  readonly regions: Required<Regions>
}

export function createVisualBatch(images: number, { visualTokens, featureWidth }: Pick<FeatureSource, 'visualTokens' | 'featureWidth'>): VisualBatch {
  const tokens = images * visualTokens
  const regions = { mask: new Float32Array(tokens), boxes: new Float32Array(tokens * 4) }
  return { images, visualTokens, features: new Float32Array(tokens * featureWidth), regions }
}

/** Writes one photo into its place in a batch. */
export function readVisual({ features, regions }: VisualBatch, place: number, source: FeatureSource, key: string, mirrored: boolean): void {
  const { visualTokens, featureWidth } = source
  const part = (values: Float32Array, width: number) => values.subarray(place * visualTokens * width, (place + 1) * visualTokens * width)
  source.readInto(key, mirrored, part(features, featureWidth))
  source.readRegionsInto?.(key, mirrored, part(regions.mask, 1), part(regions.boxes, 4))
}

/** The photos of some feature keys, in their order. */
export function visualBatchOf(source: FeatureSource, keys: readonly string[]): VisualBatch {
  const batch = createVisualBatch(keys.length, source)
  keys.forEach((key, place) => readVisual(batch, place, source, key, false))
  return batch
}

/** Throws AppError `bad-input` where the captioner sees regions and the source has none. */
export function requireRegions({ visualInputs }: Pick<Captioner, 'visualInputs'>, { readRegionsInto }: FeatureSource): void {
  if (visualInputs.length === 0 || readRegionsInto !== undefined) return
  throw new AppError('bad-input', 'This captioner sees regions, and these features are those of a grid.', {
    todo: 'Choose a captioner over grids, or give it regions.',
  })
}
