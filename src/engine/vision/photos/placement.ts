/** Where a photo lies in an encoder's input, and back: what crop, squash and letterbox do to coordinates. */
import type { Preprocessing } from '../encoders/encoder-manifest.ts'

/** input = photo × scale + offset, per axis, in pixels. Letterboxed photos have positive offsets, cropped ones negative. */
export interface Placement {
  photoWidth: number
  photoHeight: number
  /** the photo's size after resizing, before it is cut or padded */
  resizedWidth: number
  resizedHeight: number
  offsetX: number
  offsetY: number
}

/** Sizes as torchvision computes them: the other side is truncated, the centre cut rounded half to even. */
export function placePhoto(photoWidth: number, photoHeight: number, input: Preprocessing): Placement {
  const { width, height, resize, shortSide } = input
  if (resize === 'squash') return { photoWidth, photoHeight, resizedWidth: width, resizedHeight: height, offsetX: 0, offsetY: 0 }
  const [fitWidth, fitHeight] = resize === 'crop' && shortSide !== undefined ? [shortSide, shortSide] : [width, height]
  const widthFirst = fitWidth / photoWidth > fitHeight / photoHeight === (resize === 'crop')
  const resizedWidth = widthFirst ? fitWidth : Math.max(1, Math.floor((photoWidth * fitHeight) / photoHeight))
  const resizedHeight = widthFirst ? Math.max(1, Math.floor((photoHeight * fitWidth) / photoWidth)) : fitHeight
  const offsetX = -roundHalfToEven((resizedWidth - width) / 2)
  const offsetY = -roundHalfToEven((resizedHeight - height) / 2)
  return { photoWidth, photoHeight, resizedWidth, resizedHeight, offsetX: offsetX || 0, offsetY: offsetY || 0 }
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/** A box of the input, x0, y0, x1, y1 in input pixels, as a box of the photo in photo pixels, cut at its edges. */
export function toPhoto(placement: Placement, box: readonly [number, number, number, number]): [number, number, number, number] {
  const { photoWidth, photoHeight, resizedWidth, resizedHeight, offsetX, offsetY } = placement
  const x = (value: number): number => Math.min(Math.max(((value - offsetX) * photoWidth) / resizedWidth, 0), photoWidth)
  const y = (value: number): number => Math.min(Math.max(((value - offsetY) * photoHeight) / resizedHeight, 0), photoHeight)
  return [x(box[0]), y(box[1]), x(box[2]), y(box[3])]
}
