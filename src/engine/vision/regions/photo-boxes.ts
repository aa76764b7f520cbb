/** Where the boxes of a photo's regions come from: the embedded detector, a COCO instances file (instance-boxes.ts), or the annotator's own. */
import type { Encoder } from '../encoders/encoder.ts'
import { prepareImage } from '../photos/image.ts'
import { toPhoto } from '../photos/placement.ts'

/** In pixels of the upright photo: x0, y0, x1, y1. */
export interface LabelledBox {
  label: string
  box: readonly [number, number, number, number]
  /** the detector's; 1 for what a person drew */
  score: number
}

/** Boxes of a photo, given its file and the size it has upright. */
export type BoxSource = (bytes: Uint8Array, path: string, size: { width: number; height: number }) => Promise<readonly LabelledBox[]>

/** What a detector finds, best first. Throws AppError `unavailable` for an encoder that is none. */
export function detectedBoxes(detector: Encoder, options: { minimumScore: number; limit: number }): BoxSource {
  return async (bytes, path) => {
    const { width, height } = detector.manifest.input
    const { pixels, placement } = await prepareImage(bytes, detector.manifest.input, path)
    const [found] = await detector.detect(pixels, 1, options)
    return found.map(({ label, score, box: [x0, y0, x1, y1] }) => ({
      label,
      score,
      box: toPhoto(placement, [x0 * width, y0 * height, x1 * width, y1 * height]),
    }))
  }
}

/** Boxes in shares of the photo's width and height, as annotators draw them, as boxes in pixels. */
export function sharesToBoxes(
  shares: readonly { label: string; left: number; top: number; width: number; height: number; score: number | null }[],
  size: { width: number; height: number },
): LabelledBox[] {
  return shares.map(({ label, left, top, width, height, score }) => ({
    label,
    score: score ?? 1,
    box: [left * size.width, top * size.height, (left + width) * size.width, (top + height) * size.height],
  }))
}
