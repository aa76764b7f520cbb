/** Drawn pictures, features and captions for measuring: what they mean is nonsense, the time they take is not. */
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import type { TrainingExample } from '#engine/training/data/batches.ts'
import type { Preprocessing } from '#engine/vision/encoders/encoder-manifest.ts'
import { normalise } from '#engine/vision/photos/planes.ts'

export const featureWidth = 960

/** The squarest grid of so many cells. */
export function gridOf(cells: number): { rows: number; columns: number } {
  let rows = Math.floor(Math.sqrt(cells))
  while (cells % rows !== 0) rows--
  return { rows, columns: cells / rows }
}

/** Photos' features are pieces of one drawn table, each from another place on: to read them takes as long as from a cache. */
export function drawnFeatures(visualTokens: number): FeatureSource {
  const length = visualTokens * featureWidth
  const table = Float32Array.from({ length: length + differentPhotos }, (_, index) => Math.abs(Math.sin(index)))
  return {
    visualTokens,
    featureWidth,
    mirrored: false,
    readInto(key, _mirrored, destination) {
      const start = Number(key) % differentPhotos
      destination.set(table.subarray(start, start + length))
    },
  }
}

const differentPhotos = 10_000

/** Captions of 6 to 16 words. */
export function drawnExamples(count: number, words: number): TrainingExample[] {
  return Array.from({ length: count }, (_, photo) => ({
    key: String(photo),
    weight: 1,
    captions: Array.from({ length: 5 }, (_, caption) =>
      Int32Array.from({ length: 6 + ((photo + 3 * caption) % 11) }, (_, word) => 1 + ((photo * 31 + caption * 7 + word * 13) % (words - 1))),
    ),
  }))
}

/** An encoder's input [3, height, width]: a few coloured discs, chosen by `seed`, on a background that grows lighter downwards. No two are alike. */
export function drawnPicture(seed: number, input: Preprocessing): Float32Array {
  const { width, height } = input
  const level = (place: number): number => (seed * 67 + place * 113) % 256
  const discs = [0, 1, 2].map((index) => ({
    x: width * (0.1 + ((seed * 31 + index * 97) % 80) / 100),
    y: height * (0.1 + ((seed * 53 + index * 41) % 80) / 100),
    radius: width * (0.08 + ((seed + index * 7) % 15) / 100),
    colour: [level(3 * index + 1), level(3 * index + 2), level(3 * index + 3)],
  }))
  const rgb = new Uint8Array(3 * width * height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 3) {
      const disc = discs.findLast((each) => (x - each.x) ** 2 + (y - each.y) ** 2 < each.radius ** 2)
      for (let channel = 0; channel < 3; channel++) rgb[at + channel] = disc?.colour[channel] ?? 100 + (level(channel) >> 2) + (60 * y) / height
    }
  return normalise(rgb, input)
}
