/**
 * Resampling as Pillow does it, for axes that grow or hardly shrink. libvips shrinks by more like Pillow and faster, but takes positions from a
 * coarse table when it shrinks by little (18 levels off seen), and is half a pixel off when it enlarges (100 levels seen).
 */
import type { Preprocessing } from '../encoders/encoder-manifest.ts'
import type { Placement } from './placement.ts'
import { fractionBits, weigh, type Taps } from './resample-kernel.ts'

/** The stretch of one resized axis that is wanted, and where it goes in the input. */
interface Window {
  start: number
  count: number
  destination: number
}

/**
 * Interleaved RGB of `width` × `height`, the whole photo, → the input's interleaved RGB: brought to the placement's resized size, cut out or
 * padded with black. Columns first, then rows, rounded to 8 bits after each.
 */
export async function resample(rgb: Uint8Array, width: number, height: number, placement: Placement, input: Preprocessing): Promise<Uint8Array> {
  const columns = windowOf(placement.resizedWidth, placement.offsetX, input.width)
  const rows = windowOf(placement.resizedHeight, placement.offsetY, input.height)
  const resized = await weigh(
    { rgb, width, height },
    tapsOf(width, placement.resizedWidth, columns, input.interpolation),
    tapsOf(height, placement.resizedHeight, rows, input.interpolation),
  )
  if (resized.length === 3 * input.width * input.height) return resized
  const result = new Uint8Array(3 * input.width * input.height)
  const rowLength = 3 * columns.count
  for (let row = 0; row < rows.count; row++) {
    const target = 3 * ((rows.destination + row) * input.width + columns.destination)
    result.set(resized.subarray(row * rowLength, (row + 1) * rowLength), target)
  }
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
