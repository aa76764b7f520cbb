/** Drawn features and captions for benchmarks of training: what they mean is nonsense, the time they take is not. */
import type { FeatureSource } from '#engine/captioning/feature-source.ts'
import type { TrainingExample } from '#engine/training/data/batches.ts'

export const featureWidth = 960

/** The squarest grid of so many cells. */
export function gridOf(cells: number): { rows: number; columns: number } {
  let rows = Math.floor(Math.sqrt(cells))
  while (cells % rows !== 0) rows--
  return { rows, columns: cells / rows }
}

/** Each photo's are drawn once: what is timed reads them, as it would from a cache. */
export function drawnFeatures(visualTokens: number): FeatureSource {
  const drawn = new Map<string, Float32Array>()
  return {
    visualTokens,
    featureWidth,
    mirrored: false,
    readInto(key, _mirrored, destination) {
      const features = drawn.get(key) ?? Float32Array.from(destination, (_, index) => Math.abs(Math.sin(Number(key) + index)))
      drawn.set(key, features)
      destination.set(features)
    },
  }
}

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
