/** Everything Review shows of one image but its photo, which this process never waits for: `images.look` tells whether it is there. */
import type { ImageDetail } from '#shared/domain.ts'
import type { Database } from '../storage/database.ts'
import { earlierPhoto } from '../photos/earlier-photos.ts'
import { imageCandidates } from '../repositories/captions.ts'
import { getImage, imageTags } from '../repositories/images.ts'
import { captioningFailure } from '../repositories/jobs.ts'
import { captionsWanted } from '../repositories/properties.ts'
import { imageReferences } from '../repositories/references.ts'
import { imageCorrections, imageReviews } from '../repositories/reviews.ts'

/** @throws AppError `not-found` */
export function imageDetail(database: Database, imageId: number, promotedModelId: string | null): ImageDetail {
  const { fileName, path, width, height, split } = getImage(database, imageId)
  const wanted = captionsWanted(database)
  const references = imageReferences(database, imageId)
  const candidates = imageCandidates(database, imageId, promotedModelId)
  return {
    imageId,
    fileName,
    path,
    width,
    height,
    split,
    tags: imageTags(database, imageId),
    candidates,
    captioningFailure: candidates.length === 0 ? captioningFailure(database, path) : null,
    references: references.filter(({ asideAt }) => asideAt === null),
    referencesAside: references.filter(({ asideAt }) => asideAt !== null),
    captions: imageReviews(database, imageId, wanted),
    wanted,
    corrections: imageCorrections(database, imageId),
    earlier: earlierPhoto(database, imageId),
  }
}
