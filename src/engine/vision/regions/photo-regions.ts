/** The regions of a photo as region captioners read them: features, and boxes in 0–1 of the photo. */
import type { Encoder } from '../encoders/encoder.ts'
import { prepareImage, readImageFile } from '../photos/image.ts'
import type { BoxSource } from './photo-boxes.ts'
import { regionFeatures, toInputBox } from './roi-align.ts'

export interface PhotoRegions {
  /** one a row; `[class]` stands for the class token, whose box is the whole photo */
  labels: string[]
  /** [regions, 4]: x0, y0, x1, y1 in 0–1 of the photo */
  boxes: Float32Array
  /** [regions, width] */
  features: Float32Array
}

export interface RegionRequest {
  encoder: Encoder
  boxes: BoxSource
  /** at most this many a photo, the source's first */
  limit: number
  classToken: 'kept' | 'dropped'
}

/** Encodes one photo and pools its grid over each box. Throws what reading, decoding and `regionFeatures` throw. */
export async function photoRegions(path: string, { encoder, boxes, limit, classToken }: RegionRequest): Promise<PhotoRegions> {
  const bytes = await readImageFile(path)
  const { input, grid: shape } = encoder.manifest
  const { pixels, placement } = await prepareImage(bytes, input, path)
  const { photoWidth, photoHeight } = placement
  const found = (await boxes(bytes, path, { width: photoWidth, height: photoHeight })).slice(0, limit)
  const { grid } = await encoder.encode(pixels, 1)
  const whole = classToken === 'kept' ? [{ label: '[class]', box: [0, 0, photoWidth, photoHeight] as const }] : []
  const rows = [...whole, ...found]
  return {
    labels: rows.map(({ label }) => label),
    boxes: Float32Array.from(rows.flatMap(({ box: [x0, y0, x1, y1] }) => [x0 / photoWidth, y0 / photoHeight, x1 / photoWidth, y1 / photoHeight])),
    features: regionFeatures(
      { ...shape, values: grid },
      found.map(({ box }) => toInputBox(placement, input, box)),
      { classToken },
    ),
  }
}
