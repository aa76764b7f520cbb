/** The photos of a workspace whose correction would teach most, after a run: those that nobody decided on yet. */
import type { JobContext } from '#shared/jobs.ts'
import type { ModelFeatures } from '#engine/captioning/model-features.ts'
import { openCaptionDecoder } from '#engine/decoding/caption-decoder.ts'
import type { FineTuned } from '#engine/fine-tuning/fine-tuned.ts'
import { drawReplay } from '#engine/fine-tuning/fine-tuning-data.ts'
import { teachables, teachingOrder } from '#engine/fine-tuning/next-corrections.ts'
import { ensureImageFeatures } from '#engine/library-captioning/stored-model.ts'
import { sessionOptions } from '#engine/runtime/job-runtime.ts'
import { getImages } from '#engine/workspace/repositories/images.ts'
import { pendingImages } from '#engine/workspace/repositories/reviews.ts'
import type { Database } from '#engine/workspace/storage/database.ts'

/** Of so many undecided photos, so many are offered. */
const looked = 400
const offered = 50

/** Image ids, the one that would teach most first. */
export async function nextQueue(context: JobContext, database: Database, seeing: ModelFeatures, { run, gate, weights }: FineTuned): Promise<number[]> {
  const images = getImages(
    database,
    drawReplay(
      pendingImages(database).map((imageId) => ({ imageId, draw: imageId })),
      looked,
    ),
  )
  if (images.length === 0) return []
  const message = 'Looking for photos whose correction would teach most'
  const keys = await ensureImageFeatures(context, seeing, images, (done) => context.progress({ done, total: images.length, unit: 'images', message }))
  const { captioner, teacher } = run.start
  const decoder = await openCaptionDecoder(captioner, gate.verdict === 'worse' ? teacher : weights, sessionOptions(context))
  try {
    const imageIds = [...keys.keys()]
    const photos = await teachables(decoder, seeing.features, [...keys.values()], context.signal)
    return teachingOrder(photos, offered).map((place) => imageIds[place])
  } finally {
    await decoder.close()
  }
}
