/**
 * Resampling as Pillow does it, for axes that grow or hardly shrink. libvips shrinks by more like Pillow and faster, but takes positions from a
 * coarse table when it shrinks by little (18 levels off seen), and is half a pixel off when it enlarges (100 levels seen).
 */
import type { Preprocessing } from '../encoders/encoder-manifest.ts'
import type { Placement } from './placement.ts'

/** The stretch of one resized axis that is wanted, and where it goes in the input. */
interface Window {
  start: number
  count: number
  destination: number
}

/**
 * How each output place is made: `count[i]` inputs from `first[i]` on, with the fixed-point weights from `start[i]` on (Pillow's own precision: 22
 * bits behind the point, so that 8-bit sums fit 32 bits).
 */
interface Taps {
  first: Int32Array
  count: Int32Array
  start: Int32Array
  weights: Int32Array
}

const fractionBits = 22
const half = 1 << (fractionBits - 1)

/**
 * Interleaved RGB of `width` × `height`, the whole photo, → the input's interleaved RGB: brought to the placement's resized size, cut out or
 * padded with black. Columns first, then rows, rounded to 8 bits after each.
 */
export function resample(rgb: Uint8Array, width: number, height: number, placement: Placement, input: Preprocessing): Uint8Array {
  const columns = windowOf(placement.resizedWidth, placement.offsetX, input.width)
  const rows = windowOf(placement.resizedHeight, placement.offsetY, input.height)
  const untouched = width === placement.resizedWidth && width === columns.count
  const wide = untouched ? rgb : resampleColumns(rgb, width, height, tapsOf(width, placement.resizedWidth, columns, input.interpolation))
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
function tapsOf(size: number, resized: number, window: Window, interpolation: Preprocessing['interpolation']): Taps {
  const { filter, radius } = interpolation === 'bicubic' ? { filter: cubic, radius: 2 } : { filter: triangle, radius: 1 }
  const scale = size / resized
  const stretch = Math.max(scale, 1)
  const first = new Int32Array(window.count)
  const count = new Int32Array(window.count)
  const start = new Int32Array(window.count)
  const weights: number[] = []
  for (let index = 0; index < window.count; index++) {
    const centre = (window.start + index + 0.5) * scale
    const from = Math.max(0, Math.trunc(centre - radius * stretch + 0.5))
    const to = Math.min(size, Math.trunc(centre + radius * stretch + 0.5))
    const values = Array.from({ length: to - from }, (_, tap) => filter((from + tap - centre + 0.5) / stretch))
    const sum = values.reduce((total, value) => total + value, 0)
    const fixed = values.map((value) => Math.round((value / sum) * 2 ** fractionBits))
    // Where an axis keeps its length, one tap of each place is not nothing.
    const used = fixed.slice(fixed.findIndex(isSome), fixed.findLastIndex(isSome) + 1)
    first[index] = from + fixed.findIndex(isSome)
    count[index] = used.length
    start[index] = weights.length
    weights.push(...used)
  }
  return { first, count, start, weights: Int32Array.from(weights) }
}

const isSome = (weight: number): boolean => weight !== 0

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

function resampleColumns(rgb: Uint8Array, width: number, height: number, { first, count, start, weights }: Taps): Uint8Array {
  const places = first.length
  const result = new Uint8Array(3 * places * height)
  for (let row = 0, target = 0; row < height; row++)
    for (let place = 0; place < places; place++, target += 3) {
      let red = half
      let green = half
      let blue = half
      const end = start[place] + count[place]
      for (let tap = start[place], source = 3 * (row * width + first[place]); tap < end; tap++, source += 3) {
        const weight = weights[tap]
        red += Math.imul(weight, rgb[source])
        green += Math.imul(weight, rgb[source + 1])
        blue += Math.imul(weight, rgb[source + 2])
      }
      result[target] = level(red)
      result[target + 1] = level(green)
      result[target + 2] = level(blue)
    }
  return result
}

function resampleRows(image: Uint8Array, width: number, taps: Taps, startOf: (row: number) => number, result: Uint8Array): void {
  const rowLength = 3 * width
  const sums = new Int32Array(rowLength)
  for (let row = 0; row < taps.first.length; row++) {
    sums.fill(half)
    const { first, count, start, weights } = taps
    let tap = 0
    // Two taps at a time: half of the reads and writes of sums.
    for (; tap + 1 < count[row]; tap += 2) {
      const above = (first[row] + tap) * rowLength
      const below = above + rowLength
      const [weightAbove, weightBelow] = [weights[start[row] + tap], weights[start[row] + tap + 1]]
      for (let index = 0; index < rowLength; index++) sums[index] += Math.imul(weightAbove, image[above + index]) + Math.imul(weightBelow, image[below + index])
    }
    if (tap < count[row]) {
      const last = (first[row] + tap) * rowLength
      const weight = weights[start[row] + tap]
      for (let index = 0; index < rowLength; index++) sums[index] += Math.imul(weight, image[last + index])
    }
    const target = startOf(row)
    for (let index = 0; index < rowLength; index++) result[target + index] = level(sums[index])
  }
}

/** A fixed-point sum as an 8-bit level: bicubic weights can overshoot both ends. */
function level(sum: number): number {
  const value = sum >> fractionBits
  return value < 0 ? 0 : value > 255 ? 255 : value
}
