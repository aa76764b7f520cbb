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

export function drawnFeatures(visualTokens: number): FeatureSource {
  return {
    visualTokens,
    featureWidth,
    mirrored: false,
    readInto(key, _mirrored, destination) {
      for (let i = 0; i < destination.length; i++) destination[i] = Math.abs(Math.sin(Number(key) + i))
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
