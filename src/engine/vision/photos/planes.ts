/** Pixels as encoders read them: a plane for each colour. */
import type { Preprocessing } from '../encoders/encoder-manifest.ts'

/** Interleaved RGB bytes → planes of (value / 255 − mean) / std. */
export function normalise(rgb: Uint8Array, input: Preprocessing): Float32Array {
  const area = input.width * input.height
  const planes = new Float32Array(3 * area)
  const [red, green, blue] = [0, 1, 2].map((channel) => normalisedLevels(input.mean[channel], input.std[channel]))
  for (let pixel = 0, source = 0; pixel < area; pixel++, source += 3) {
    planes[pixel] = red[rgb[source]]
    planes[area + pixel] = green[rgb[source + 1]]
    planes[2 * area + pixel] = blue[rgb[source + 2]]
  }
  return planes
}

function normalisedLevels(mean: number, std: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, level) => (level / 255 - mean) / std)
}

/** The same image mirrored left to right: `pixels` [3, height, width], a new array. */
export function mirrorImage(pixels: Float32Array, width: number): Float32Array {
  const mirrored = new Float32Array(pixels.length)
  for (let row = 0; row < pixels.length; row += width) for (let column = 0; column < width; column++) mirrored[row + column] = pixels[row + width - 1 - column]
  return mirrored
}
