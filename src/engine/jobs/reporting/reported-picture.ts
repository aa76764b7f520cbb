/** A photo as a report shows it: small, and only where it still lies there as it was imported. */
import { readImportedPhoto } from '#engine/library-captioning/photo-files.ts'
import { pictureSize } from '#engine/reports/comparison-report.ts'
import { photoTask } from '#engine/vision/photos/photo-tasks.ts'
import type { JobContext } from '#shared/jobs.ts'
import type { StoredImage } from '../../workspace/repositories/images.ts'

/** WebP; null where the photo cannot be shown. */
export async function reportedPicture(context: JobContext, image: StoredImage | undefined): Promise<Uint8Array | null> {
  if (image === undefined) return null
  return readImportedPhoto(context, image)
    .then((bytes) => photoTask('picture', { bytes, size: pictureSize }))
    .catch(() => null)
}
