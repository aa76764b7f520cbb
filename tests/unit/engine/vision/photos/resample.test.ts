import { describe, expect, test } from 'vitest'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import { placePhoto } from '#engine/vision/photos/placement.ts'
import { resample } from '#engine/vision/photos/resample.ts'
import { randomFrom } from '../../../../support/small-captioner.ts'

const random = randomFrom(7)
const upTo = (most: number): number => 1 + Math.floor(random() * most)

const filters = {
  bilinear: { radius: 1, at: (x: number) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    radius: 2,
    at: (x: number) => {
      const d = Math.abs(x)
      return d < 1 ? 1.5 * d ** 3 - 2.5 * d ** 2 + 1 : d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0
    },
  },
}

/** One line of values at the places `from` on of its resized length, as Pillow sums them: 22 bits behind the point, rounded to 8 bits. */
function line(values: readonly number[], resized: number, from: number, count: number, { radius, at }: (typeof filters)['bicubic']): number[] {
  const scale = values.length / resized
  const stretch = Math.max(1, scale)
  return Array.from({ length: count }, (_, index) => {
    const centre = (from + index + 0.5) * scale
    const first = Math.max(0, Math.trunc(centre - radius * stretch + 0.5))
    const end = Math.min(values.length, Math.trunc(centre + radius * stretch + 0.5))
    const weights = values.slice(first, end).map((_, tap) => at((first + tap - centre + 0.5) / stretch))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const level = weights.reduce((sum, weight, tap) => sum + Math.round((weight / total) * 2 ** 22) * values[first + tap], 2 ** 21)
    return Math.min(255, Math.max(0, Math.floor(level / 2 ** 22)))
  })
}

function expected(rgb: Uint8Array, width: number, height: number, input: Preprocessing): Uint8Array {
  const { resizedWidth, resizedHeight, offsetX, offsetY } = placePhoto(width, height, input)
  const result = new Uint8Array(3 * input.width * input.height)
  const [left, top] = [Math.max(0, -offsetX), Math.max(0, -offsetY)]
  const [columns, rows] = [Math.min(input.width, resizedWidth - left), Math.min(input.height, resizedHeight - top)]
  for (let channel = 0; channel < 3; channel++) {
    const wide = Array.from({ length: height }, (_, row) => {
      const values = Array.from({ length: width }, (_, column) => rgb[3 * (row * width + column) + channel])
      return line(values, resizedWidth, left, columns, filters[input.interpolation])
    })
    for (let column = 0; column < columns; column++) {
      const values = wide.map((row) => row[column])
      line(values, resizedHeight, top, rows, filters[input.interpolation]).forEach((value, row) => {
        result[3 * ((Math.max(0, offsetY) + row) * input.width + Math.max(0, offsetX) + column) + channel] = value
      })
    }
  }
  return result
}

describe('resampling', () => {
  test.each(['squash', 'crop', 'letterbox'] as const)('of any size into any other is to the bit the sum of weights that Pillow takes: %s', async (resize) => {
    for (let trial = 0; trial < 60; trial++) {
      const [width, height] = [upTo(90), upTo(90)]
      const interpolation = trial % 2 === 0 ? ('bicubic' as const) : ('bilinear' as const)
      const input: Preprocessing = { width: upTo(70), height: upTo(70), mean: [0, 0, 0], std: [1, 1, 1], resize, interpolation }
      const rgb = Uint8Array.from({ length: 3 * width * height }, () => Math.floor(random() * 256))
      const made = await resample(rgb, width, height, placePhoto(width, height, input), input)
      expect(Buffer.compare(made, expected(rgb, width, height, input)), `${width} × ${height} into ${input.width} × ${input.height}`).toBe(0)
    }
  })

  test('photos resampled side by side do not meet', async () => {
    const input: Preprocessing = { width: 30, height: 20, mean: [0, 0, 0], std: [1, 1, 1], resize: 'squash', interpolation: 'bicubic' }
    const photos = Array.from({ length: 8 }, (_, index) => new Uint8Array(3 * (20 + index) * 25).fill(30 * index))
    const made = await Promise.all(photos.map((rgb, index) => resample(rgb, 20 + index, 25, placePhoto(20 + index, 25, input), input)))
    expect(made.map((rgb) => new Set(rgb))).toEqual(photos.map((_, index) => new Set([30 * index])))
  })
})
