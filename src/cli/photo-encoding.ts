/** Photos of the command line through an encoder into its caches: features, or embeddings. */
import { sentence } from '#shared/errors.ts'
import type { FeatureKey } from '#engine/vision/features/feature-key.ts'
import { parseProvider } from './provider.ts'

export interface EncodingOptions {
  encoder: string
  encoders: string
  /** One vector a photo in place of its grid. */
  embeddings: boolean
  /** 2: means of 2 × 2 cells. */
  pooling: 1 | 2
  /** Those of the mirrored photo, too. */
  mirrored: boolean
  threads: number
  provider: string
}

export interface Encoding {
  /** Of the caches, the first that of the photos as they are. */
  readonly keys: readonly FeatureKey[]
  /** Computes what the caches lack; when it returns, all is on the disk. Gives the hash of each photo, and why others have none, by path. */
  encode(
    photos: readonly { path: string }[],
    signal: AbortSignal,
    onProgress: (done: number) => void,
  ): Promise<{ hashes: Map<string, string>; failed: Map<string, string>; computed: number }>
  close(): Promise<void>
}

/** Opens the encoder and its caches in `folder`. */
export async function openEncoding(folder: string, options: EncodingOptions): Promise<Encoding> {
  const { findEncoder } = await import('#engine/vision/encoders/encoder-registry.ts')
  const { openEncoder } = await import('#engine/vision/encoders/encoder.ts')
  const { asEmbeddingEncoder } = await import('#engine/vision/search/embeddings.ts')
  const { openFeatureCache } = await import('#engine/vision/features/feature-cache.ts')
  const { featureKey } = await import('#engine/vision/features/feature-key.ts')
  const { extractFeatures } = await import('#engine/vision/features/extract.ts')
  const { embeddings, pooling, mirrored, threads, provider } = options

  const whole = await openEncoder(await findEncoder([options.encoders], options.encoder), { threads, provider: parseProvider(provider) })
  const encoder = embeddings ? asEmbeddingEncoder(whole) : whole
  const keys = (mirrored ? [false, true] : [false]).map((mirror) => featureKey(encoder.manifest, { pooling, mirrored: mirror }))
  const caches = keys.map((key) => openFeatureCache(folder, key))
  return {
    keys,
    async encode(photos, signal, onProgress) {
      const hashes = new Map<string, string>()
      const failed = new Map<string, string>()
      const { computed } = await extractFeatures({
        ...{ images: photos, encoder, caches, signal, onProgress },
        onFeatures: ({ path }, hash) => void hashes.set(path, hash),
        onFailure: ({ path }, report) => void failed.set(path, sentence(report)),
      })
      return { hashes, failed, computed }
    },
    async close() {
      await whole.close()
      for (const cache of caches) await cache.close()
    },
  }
}
