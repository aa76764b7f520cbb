/** Photos of the command line as cached embeddings. */
import { parseProvider } from './provider.ts'
import { sentence } from '#shared/errors.ts'
import type { EmbeddingIndex } from '#engine/vision/search/embedding-search.ts'

export interface EmbeddedPhotos {
  /** keys are the photos' paths; photos of the same content are there as often as they were given */
  index: EmbeddingIndex
  encoderFolder: string
  /** why a photo is left out, by path */
  failed: ReadonlyMap<string, string>
}

export interface EmbeddingOptions {
  encoder: string
  encoders: string
  features: string
  threads: number
  provider: string
}

/** Computes what the cache lacks. Photos that cannot be read are named on standard error and left out. */
export async function embedPhotos(paths: readonly string[], options: EmbeddingOptions, signal: AbortSignal): Promise<EmbeddedPhotos> {
  const { findEncoder } = await import('#engine/vision/encoders/encoder-registry.ts')
  const { openEncoder } = await import('#engine/vision/encoders/encoder.ts')
  const { asEmbeddingEncoder, openEmbeddingCache } = await import('#engine/vision/search/embeddings.ts')
  const { openEmbeddingIndex } = await import('#engine/vision/search/embedding-search.ts')
  const { extractFeatures } = await import('#engine/vision/features/extract.ts')
  const { progressBar } = await import('./progress.ts')

  const encoderFolder = await findEncoder([options.encoders], options.encoder)
  const encoder = await openEncoder(encoderFolder, { threads: options.threads, provider: parseProvider(options.provider) })
  const cache = openEmbeddingCache(options.features, encoder.manifest)
  const hashes = new Map<string, string>()
  const failed = new Map<string, string>()
  const bar = progressBar('embeddings')
  try {
    await extractFeatures({
      images: paths.map((path) => ({ path })),
      encoder: asEmbeddingEncoder(encoder),
      caches: [cache],
      signal,
      onProgress: (done, total) => bar.update(done, total),
      onFeatures: ({ path }, hash) => void hashes.set(path, hash),
      onFailure({ path }, report) {
        failed.set(path, sentence(report))
        process.stderr.write(`left out ${path}: ${sentence(report)}\n`)
      },
    })
    bar.stop()
    const found = paths.flatMap((path) => {
      const hash = hashes.get(path)
      return hash === undefined ? [] : [{ path, hash }]
    })
    const index = await openEmbeddingIndex(
      found.map(({ path }) => path),
      cache.key.width,
      (place, destination) => cache.readInto(found[place].hash, destination),
    )
    return { index, encoderFolder, failed }
  } finally {
    bar.stop()
    await encoder.close()
    await cache.close()
  }
}
