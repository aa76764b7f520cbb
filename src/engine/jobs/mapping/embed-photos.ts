/** Embeddings of photos, computed where the cache lacks them: what search and maps look at. */
import { sentence } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import { asEmbeddingEncoder, openEmbeddingCache } from '#engine/vision/search/embeddings.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { extractFeatures } from '#engine/vision/features/extract.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { sessionOptions, tellProvider, throwIfCancelled } from '#engine/runtime/job-runtime.ts'
import { tellReplaced, toEncode, type JobImage } from '#engine/library-captioning/photo-files.ts'

/** Photos between two looks at pause and cancel. */
const photosAtOnce = 256

/**
 * Embeds photos with the encoder in a folder. A photo that cannot be read becomes a failure of the job; what the cache holds is not computed again.
 * Returns how many have an embedding.
 */
export async function embedPhotos(context: JobContext, encoderFolder: string, photos: readonly JobImage[]): Promise<number> {
  const encoder = await openEncoder(encoderFolder, sessionOptions(context))
  tellProvider(context, encoder.provider)
  const cache = openEmbeddingCache(workspaceLayout(context.environment.workspaceFolder).features, encoder.manifest)
  const images = photos.map((image) => toEncode(context, image))
  const total = images.length
  let embedded = 0
  try {
    for (let first = 0; first < total; first += photosAtOnce) {
      await context.unpaused()
      throwIfCancelled(context)
      const hashes = new Map<string, string>()
      const unreadable: { subject: string; reason: string }[] = []
      const { done } = await extractFeatures({
        images: images.slice(first, first + photosAtOnce),
        encoder: asEmbeddingEncoder(encoder),
        caches: [cache],
        signal: context.signal,
        onProgress: (finished) => context.progress({ done: first + finished, total, unit: 'images', message: 'Embedding photos' }),
        onFeatures: ({ path }, hash) => void hashes.set(path, hash),
        onFailure: ({ path }, report) => void unreadable.push({ subject: path, reason: sentence(report) }),
      })
      embedded += done
      await tellReplaced(
        context,
        images.slice(first, first + photosAtOnce).filter(({ path, hash }) => (hashes.get(path) ?? hash) !== hash),
      )
      for (const failure of unreadable) await context.emit({ kind: 'failure', ...failure })
    }
  } finally {
    await encoder.close()
    await cache.close()
  }
  return embedded
}
