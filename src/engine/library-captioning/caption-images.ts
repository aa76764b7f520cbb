/** A model at work on the workspace's images: captions to the writer, batch by batch. */
import { openCaptioner, photosPerBatch } from '#engine/captioning/loaded-captioner.ts'
import { tellProvider, throwIfCancelled } from '#engine/runtime/job-runtime.ts'
import { captionedImages } from '#engine/workspace/repositories/captions.ts'
import { getImages } from '#engine/workspace/repositories/images.ts'
import { modelNumber } from '#engine/workspace/repositories/models.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { sentence } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import { tellReplaced, toEncode, type EncodedImage } from './photo-files.ts'
import { featureOptions, openModel } from './stored-model.ts'

export interface LibraryCaptioning {
  modelId: string
  imageIds: readonly number[]
  beam: number
  /** Also images that the model has captioned before: all of them, none, or those with another beam (what is scored must be what its row says). */
  again: boolean | 'other-beam'
  message: string
}

/**
 * Captions images and commits them batch by batch, so that a killed job goes on where its last batch ended. Returns how many were captioned now.
 * @throws AppError
 */
export async function captionImages(context: JobContext, database: Database, request: LibraryCaptioning): Promise<number> {
  const { modelId, beam, again, message } = request
  const known =
    again === true ? new Set<number>() : captionedImages(database, request.imageIds, modelNumber(database, modelId), again === 'other-beam' ? beam : null)
  const imageIds = request.imageIds.filter((imageId) => !known.has(imageId))
  const total = request.imageIds.length
  let done = total - imageIds.length
  context.progress({ done, total, unit: 'images', message })
  if (imageIds.length === 0) return 0

  const captioner = await openCaptioner(await openModel(database, modelId), featureOptions(context))
  tellProvider(context, captioner.provider)
  const size = context.environment.attempt > 1 ? photosPerBatch / 4 : photosPerBatch
  let captioned = 0
  try {
    await captioner.caption({
      photos: imagesToEncode(context, database, imageIds, size),
      method: { kind: 'beam', beams: beam },
      batch: size,
      signal: context.signal,
      unpaused: async () => {
        await context.unpaused()
        throwIfCancelled(context)
      },
      async onBatch(batch) {
        for (const { photo, report } of batch.failed) await context.emit({ kind: 'failure', subject: photo.path, reason: sentence(report) })
        await tellReplaced(
          context,
          batch.captioned.flatMap(({ photo, key }) => (photo.hash === key ? [] : [photo])),
        )
        const rows = batch.captioned.map(({ photo, candidates }) => ({
          imageId: photo.id,
          modelId: captioner.model.manifest.id,
          beam,
          candidates: candidates.map((candidate) => ({ ...candidate, tokenLogProbabilities: [...candidate.tokenLogProbabilities] })),
        }))
        if (rows.length > 0) await context.emit({ kind: 'captions', rows })
        captioned += rows.length
        done += batch.captioned.length + batch.failed.length
        context.progress({ done, total, unit: 'images', message })
      },
    })
  } finally {
    await captioner.close()
  }
  return captioned
}

/** Images read from the dataset when their batch comes. What is captioned is what lies there now, not what the cache remembers. */
function* imagesToEncode(context: JobContext, database: Database, imageIds: readonly number[], size: number): Generator<EncodedImage> {
  for (let first = 0; first < imageIds.length; first += size) {
    for (const image of getImages(database, imageIds.slice(first, first + size))) yield { ...toEncode(context, image), verify: true }
  }
}
