/** Captioning: a model's candidates for the images of a scope. */
import type { JobFunction } from '#shared/jobs.ts'
import { countOf, libraryFilterSchema, librarySortSchema } from '#shared/domain.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { libraryIds } from '../workspace/repositories/library.ts'
import { numberInView } from '../workspace/repositories/models.ts'
import { captionImages } from '#engine/library-captioning/caption-images.ts'
import { withReader } from './job-reader.ts'

export const captionJob: JobFunction<'caption'> = ({ modelId, scope, beam, again }, context) =>
  withReader(context, async (database) => {
    const imageIds = scope.imageIds ?? idsOfFilter(database, scope.filter)
    const captioned = await captionImages(context, database, { modelId, imageIds, beam, again, message: 'Captioning' })
    const total = imageIds.length
    context.progress({ done: total, total, unit: 'images', message: `Captioned ${captioned} of ${countOf(total, 'image')}` })
    return { modelId, captioned }
  })

function idsOfFilter(database: Database, filter: Parameters<typeof libraryIds>[1] = libraryFilterSchema.parse({})): number[] {
  return libraryIds(database, filter, librarySortSchema.parse({}), numberInView(database, filter.modelId))
}
