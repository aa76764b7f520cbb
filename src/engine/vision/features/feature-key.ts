/** What cached features depend on besides the photo: the encoder, its preprocessing, and what of its outputs is kept. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { EncoderManifest } from '../encoders/encoder-manifest.ts'

export const featureKeySchema = z.object({
  encoder: z.string(),
  /** checksum of weights and preprocessing: features of a changed encoder never mix with older ones */
  fingerprint: z.string(),
  /** the encoder's own grid */
  rows: z.number().int().positive(),
  columns: z.number().int().positive(),
  width: z.number().int().positive(),
  /** 2: means of 2×2 cells */
  pooling: z.union([z.literal(1), z.literal(2)]),
  /** features of the photo mirrored left to right */
  mirrored: z.boolean(),
  /** one token more, before the cells and never pooled */
  classToken: z.literal('first').optional(),
})
export type FeatureKey = z.infer<typeof featureKeySchema>

/** Raised when photos are decoded or resized differently. */
const decodingRevision = 2

/** The key of an encoder's grid features. */
export function featureKey(manifest: EncoderManifest, options: { pooling?: 1 | 2; mirrored?: boolean } = {}): FeatureKey {
  const { rows, columns, width, classToken } = manifest.grid
  const identity = JSON.stringify([decodingRevision, manifest.weights.sha256, manifest.input, manifest.grid])
  const fingerprint = createHash('sha256').update(identity).digest('hex').slice(0, 16)
  return {
    encoder: manifest.id,
    fingerprint,
    rows,
    columns,
    width,
    pooling: options.pooling ?? 1,
    mirrored: options.mirrored ?? false,
    ...(classToken && { classToken }),
  }
}

/** The name of the key's folder. */
export function featureKeyName(key: FeatureKey): string {
  return `${key.encoder}-${key.fingerprint}-p${key.pooling}${key.mirrored ? '-mirrored' : ''}`
}

/** The grid that is stored: [rows, columns], an odd last row or column pooled alone; `tokens` counts the class token, too. */
export function storedGrid(key: FeatureKey): { rows: number; columns: number; tokens: number } {
  const rows = Math.ceil(key.rows / key.pooling)
  const columns = Math.ceil(key.columns / key.pooling)
  return { rows, columns, tokens: rows * columns + extraTokens(key) }
}

function extraTokens(key: FeatureKey): 0 | 1 {
  return key.classToken === 'first' ? 1 : 0
}

/** `grid` [tokens, width] → means over pooling × pooling cells, [stored tokens, width], into `destination`. */
export function poolGrid(grid: Float32Array, key: FeatureKey, destination: Float32Array): void {
  if (key.pooling === 1) return destination.set(grid)
  const stored = storedGrid(key)
  const cellsStart = extraTokens(key) * key.width
  destination.fill(0)
  destination.set(grid.subarray(0, cellsStart))
  for (let row = 0; row < key.rows; row++)
    for (let column = 0; column < key.columns; column++) {
      const topRow = row - (row % 2)
      const leftColumn = column - (column % 2)
      const pooledCells = Math.min(2, key.rows - topRow) * Math.min(2, key.columns - leftColumn)
      const source = cellsStart + (row * key.columns + column) * key.width
      const target = cellsStart + ((topRow / 2) * stored.columns + leftColumn / 2) * key.width
      for (let channel = 0; channel < key.width; channel++) destination[target + channel] += grid[source + channel] / pooledCells
    }
}
