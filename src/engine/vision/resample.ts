/**
 * Resampling as Pillow does it, for axes that grow or hardly shrink. libvips shrinks by more like Pillow and faster, but takes positions from a
 * coarse table when it shrinks by little (18 levels off seen), and is half a pixel off when it enlarges (100 levels seen).
 */
import type { Preprocessing } from './encoder-manifest.ts'
import type { Placement } from './placement.ts'

/** The stretch of one resized axis that is wanted, and where it goes in the input. */
interface Window {
  start: number
  count: number
  destination: number
}

/** Sources and weights of one output place: `weights` over `count` inputs from `first` on. */
interface Taps {
  first: number
  weights: Float32Array
}

/**
 * Interleaved RGB of `width` × `height`, the whole photo, → the input's interleaved RGB: brought to the placement's resized size, cut out or
 * padded with black. Columns first, then rows, rounded to 8 bits after each.
 */
export function resample(rgb: Uint8Array, width: number, height: number, placement: Placement, input: Preprocessing): Uint8Array {
  const columns = windowOf(placement.resizedWidth, placement.offsetX, input.width)
  const rows = windowOf(placement.resizedHeight, placement.offsetY, input.height)
  const wide = resampleColumns(rgb, width, height, tapsOf(width, placement.resizedWidth, columns, input.interpolation))
  const taps = tapsOf(height, placement.resizedHeight, rows, input.interpolation)
  const result = new Uint8Array(3 * input.width * input.height)
  resampleRows(wide, columns.count, taps, (row) => 3 * ((rows.destination + row) * input.width + columns.destination), result)
  return result
}

function windowOf(resized: number, offset: number, size: number): Window {
  const start = Math.max(0, -offset)
  return { start, count: Math.min(size, resized - start), destination: Math.max(0, offset) }
}

/** Weights of the filter around each output's centre, cut at the image's edge and normalised to one. */
function tapsOf(size: number, resized: number, window: Window, interpolation: Preprocessing['interpolation']): Taps[] {
  const { filter, radius } = interpolation === 'bicubic' ? { filter: cubic, radius: 2 } : { filter: triangle, radius: 1 }
  const scale = size / resized
  const stretch = Math.max(scale, 1)
  return Array.from({ length: window.count }, (_, index) => {
    const centre = (window.start + index + 0.5) * scale
    const first = Math.max(0, Math.trunc(centre - radius * stretch + 0.5))
    const end = Math.min(size, Math.trunc(centre + radius * stretch + 0.5))
    const weights = Float32Array.from({ length: end - first }, (_weight, tap) => filter((first + tap - centre + 0.5) / stretch))
    const sum = weights.reduce((total, weight) => total + weight, 0)
    return { first, weights: weights.map((weight) => weight / sum) }
  })
}

/** Keys' cubic convolution with a = −1/2. */
function cubic(x: number): number {
  const distance = Math.abs(x)
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1
  if (distance < 2) return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
  return 0
}

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x))
}

function resampleColumns(rgb: Uint8Array, width: number, height: number, taps: readonly Taps[]): Uint8ClampedArray {
  const result = new Uint8ClampedArray(3 * taps.length * height)
  for (let row = 0, target = 0; row < height; row++)
    for (const { first, weights } of taps) {
      let red = 0
      let green = 0
      let blue = 0
      for (let tap = 0, source = 3 * (row * width + first); tap < weights.length; tap++, source += 3) {
        red += weights[tap] * rgb[source]
        green += weights[tap] * rgb[source + 1]
        blue += weights[tap] * rgb[source + 2]
      }
      result[target++] = red // a clamped array rounds and clips
      result[target++] = green
      result[target++] = blue
    }
  return result
}

function resampleRows(image: Uint8ClampedArray, width: number, taps: readonly Taps[], startOf: (row: number) => number, result: Uint8Array): void {
  const rowLength = 3 * width
  const sums = new Float32Array(rowLength)
  const clipped = new Uint8ClampedArray(rowLength)
  taps.forEach(({ first, weights }, row) => {
    sums.fill(0)
    for (let tap = 0; tap < weights.length; tap++) {
      const source = (first + tap) * rowLength
      const weight = weights[tap]
      for (let index = 0; index < rowLength; index++) sums[index] += weight * image[source + index]
    }
    clipped.set(sums)
    result.set(clipped, startOf(row))
  })
}
