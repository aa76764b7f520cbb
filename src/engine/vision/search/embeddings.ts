/** One vector a photo, computed once and cached like grids: the encoder's pooled output. */
import type { Encoder } from '../encoders/encoder.ts'
import type { EncoderManifest } from '../encoders/encoder-manifest.ts'
import { openEmbeddingIndex, type EmbeddingIndex } from './embedding-search.ts'
import { openFeatureCache, type FeatureCache } from '../features/feature-cache.ts'
import { featureKey } from '../features/feature-key.ts'

/** The encoder seen as one whose grid is a single cell: its pooled vector. What computes and caches grids does the same for embeddings. */
export function asEmbeddingEncoder(encoder: Encoder): Encoder {
  return {
    ...encoder,
    manifest: asEmbeddingManifest(encoder.manifest),
    async encode(batch, n) {
      const { pooled } = await encoder.encode(batch, n)
      return { grid: pooled, pooled }
    },
  }
}

function asEmbeddingManifest(manifest: EncoderManifest): EncoderManifest {
  const { output, width } = manifest.pooled
  return { ...manifest, grid: { output, rows: 1, columns: 1, width } }
}

/** Opens (or begins) the cache of an encoder's embeddings inside `folder`. */
export function openEmbeddingCache(folder: string, manifest: EncoderManifest): FeatureCache {
  return openFeatureCache(folder, featureKey(asEmbeddingManifest(manifest)))
}

/** An index of all cached embeddings, or of those with the given content hashes. Throws what reading the cache throws. */
export function indexCachedEmbeddings(cache: FeatureCache, hashes: Iterable<string> = cache.hashes()): Promise<EmbeddingIndex> {
  const known = [...hashes].filter((hash) => cache.has(hash))
  return openEmbeddingIndex(known, cache.key.width, (place, destination) => cache.readInto(known[place], destination))
}
