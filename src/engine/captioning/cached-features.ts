/** The feature cache as a feature source, and the extraction of what it lacks. */
import { openFeatureCache, type FeatureCache } from '#engine/vision/features/feature-cache.ts'
import { featureKey, storedGrid } from '#engine/vision/features/feature-key.ts'
import type { Encoder } from '#engine/vision/encoders/encoder.ts'
import type { EncoderManifest } from '#engine/vision/encoders/encoder-manifest.ts'
import { extractFeatures } from '#engine/vision/features/extract.ts'
import { detectBoxes, openBoxStore, type BoxStore, type LocatedPhoto } from '#engine/vision/regions/region-boxes.ts'
import { AppError, type ErrorReport } from '#shared/errors.ts'
import type { GridFeatureSource, VisualGrid } from './feature-source.ts'
import { regionSource } from './region-source.ts'

export interface CachedFeatures extends GridFeatureSource {
  readonly grid: VisualGrid
  /** Where visual tokens are regions: the boxes that they are read in. */
  readonly boxes?: { readonly store: BoxStore; readonly minimumScore: number }
  readonly plain: FeatureCache
  readonly mirror: FeatureCache | undefined
  close(): Promise<void>
}

export interface RegionOptions {
  /** Most regions of a photo. */
  limit: number
  /** Of the detections that are regions. */
  minimumScore: number
}

export interface CachedFeaturesOptions {
  pooling: 1 | 2
  mirror: boolean
  /** Visual tokens are regions instead of the grid's cells. */
  regions?: RegionOptions | undefined
}

/** Opens an encoder's cached features. Keys are content hashes. */
export function openCachedFeatures(folder: string, manifest: EncoderManifest, { regions, ...options }: CachedFeaturesOptions): CachedFeatures {
  const cells = openCells(folder, manifest, options)
  if (regions === undefined) return cells
  const { limit, minimumScore } = regions
  const store = openBoxStore(folder, manifest, minimumScore)
  return { ...cells, ...regionSource(cells, (key) => store.boxes(key), limit), boxes: { store, minimumScore } }
}

/** Sees to it that the boxes of photos are known where they are needed. */
export async function ensureBoxes(
  { boxes }: CachedFeatures,
  photos: readonly LocatedPhoto[],
  encoder: Encoder,
  report: { signal?: AbortSignal; onProgress?(done: number, total: number): void } = {},
): Promise<void> {
  if (boxes === undefined) return
  await detectBoxes(photos, encoder, boxes.store, { ...report, minimumScore: boxes.minimumScore })
}

function openCells(folder: string, manifest: EncoderManifest, options: { pooling: 1 | 2; mirror: boolean }): CachedFeatures {
  const { pooling } = options
  const plain = openFeatureCache(folder, featureKey(manifest, { pooling }))
  const mirror = options.mirror ? openFeatureCache(folder, featureKey(manifest, { pooling, mirrored: true })) : undefined
  const { rows, columns, tokens } = storedGrid(plain.key)
  const { classToken } = plain.key
  return {
    plain,
    mirror,
    grid: { rows, columns, ...(classToken && { classToken }) },
    visualTokens: tokens,
    featureWidth: plain.key.width,
    mirrored: mirror !== undefined,
    readInto(key, mirrored, destination) {
      const cache = mirrored ? mirror : plain
      if (cache === undefined) throw new AppError('internal', 'Mirrored features were asked for, but none are kept.')
      cache.readInto(key, destination)
    },
    async close() {
      await plain.close()
      await mirror?.close()
    },
  }
}

/** Sees to it that every photo has its features in the caches. Returns the content hash of each photo, by path; photos that cannot be read are left out. */
export async function ensureFeatures(
  paths: readonly string[],
  encoder: Encoder,
  caches: readonly FeatureCache[],
  report: { signal?: AbortSignal; onProgress?(done: number, total: number): void; onFailure?(path: string, reason: ErrorReport): void },
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>()
  await extractFeatures({
    images: paths.map((path) => ({ path })),
    encoder,
    caches,
    ...(report.signal === undefined ? {} : { signal: report.signal }),
    onProgress: (done, total) => report.onProgress?.(done, total),
    onFailure: ({ path }, reason) => report.onFailure?.(path, reason),
    onFeatures: ({ path }, hash) => hashes.set(path, hash),
  })
  return hashes
}
