/** Embeddings of the workspace's photos: what search by text and by likeness looks at. */
import { countOf } from '#shared/domain.ts'
import type { JobFunction } from '#shared/jobs.ts'
import { findEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { imageContents } from '../workspace/repositories/images.ts'
import { withReader } from './job-reader.ts'
import { embedPhotos } from './mapping/embed-photos.ts'

/** A photo that cannot be read becomes a failure of the job; what the cache holds is not computed again. */
export const embedJob: JobFunction<'embed'> = ({ encoderId }, context) =>
  withReader(context, async (database) => {
    const images = imageContents(database)
    const total = images.length
    const embedded = await embedPhotos(context, await findEncoder(context.environment.encoderRoots, encoderId), images)
    context.progress({ done: total, total, unit: 'images', message: `${embedded} of ${countOf(total, 'photo')} ${total === 1 ? 'has' : 'have'} an embedding` })
    return { encoderId, embedded }
  })
