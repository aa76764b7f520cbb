/** Embeddings of the workspace's photos: what search by text and by likeness looks at. */
import { countOf } from '#shared/domain.ts'
import { sentence } from '#shared/errors.ts'
import type { JobFunction } from '#shared/jobs.ts'
import { asEmbeddingEncoder, openEmbeddingCache } from '#engine/vision/search/embeddings.ts'
import { openEncoder } from '#engine/vision/encoders/encoder.ts'
import { findEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { extractFeatures } from '#engine/vision/features/extract.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { imageContents } from '../workspace/repositories/images.ts'
import { sessionOptions, tellProvider, throwIfCancelled } from '#engine/runtime/job-runtime.ts'
import { tellReplaced, toEncode } from '#engine/library-captioning/photo-files.ts'
import { withReader } from './job-reader.ts'

/** Photos between two looks at pause and cancel. */
const photosAtOnce = 256

/** A photo that cannot be read becomes a failure of the job; what the cache holds is not computed again. */
export const embedJob: JobFunction<'embed'> = ({ encoderId }, context) =>
  withReader(context, async (database) => {
    const { encoderRoots, workspaceFolder } = context.environment
    const encoder = await openEncoder(await findEncoder(encoderRoots, encoderId), sessionOptions(context))
    tellProvider(context, encoder.provider)
    const cache = openEmbeddingCache(workspaceLayout(workspaceFolder).features, encoder.manifest)
    const images = imageContents(database).map((image) => toEncode(context, image))
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
    context.progress({ done: total, total, unit: 'images', message: `${embedded} of ${countOf(total, 'photo')} ${total === 1 ? 'has' : 'have'} an embedding` })
    return { encoderId, embedded }
  })
