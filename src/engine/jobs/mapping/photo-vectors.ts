/** Photos as an encoder sees them, those of a set. */
import { AppError } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import { readEncoderManifest } from '#engine/vision/encoders/encoder-package.ts'
import { openEmbeddingCache } from '#engine/vision/search/embeddings.ts'
import { scaleToLengthOne } from '#engine/vision/search/embedding-search.ts'
import { rowsOf } from '#engine/projection/rows.ts'
import { imageContents } from '#engine/workspace/repositories/images.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { embedPhotos } from './embed-photos.ts'
import type { Vectors } from './vectors.ts'

/** Embeds photos that have no embedding yet; those that cannot be read are left out. @throws AppError `unavailable` where none can */
export async function photoVectors(database: Database, images: readonly number[], encoder: string, context: JobContext): Promise<Vectors> {
  const wanted = new Set(images)
  const photos = imageContents(database).filter(({ id }) => wanted.has(id))
  const manifest = await readEncoderManifest(encoder)
  const folder = workspaceLayout(context.environment.workspaceFolder).features
  const before = openEmbeddingCache(folder, manifest)
  const missing = photos.filter(({ contentHash }) => !before.has(contentHash))
  await before.close()
  if (missing.length > 0) await embedPhotos(context, encoder, missing)
  const cache = openEmbeddingCache(folder, manifest)
  try {
    const known = photos.filter(({ contentHash }) => cache.has(contentHash))
    if (known.length === 0) {
      throw new AppError('unavailable', 'None of the set’s photos could be embedded.', { kept: 'No map was stored.', todo: 'See the failures of the job.' })
    }
    const { width } = cache.key
    const values = new Float32Array(known.length * width)
    known.forEach(({ contentHash }, row) => {
      const vector = values.subarray(row * width, (row + 1) * width)
      cache.readInto(contentHash, vector)
      scaleToLengthOne(vector)
    })
    return { images: known.map(({ id }) => id), rows: rowsOf({ values, size: known.length, width }), centred: true, direction: true }
  } finally {
    await cache.close()
  }
}
