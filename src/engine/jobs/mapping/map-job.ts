/** A map of a scored set: its photos, captions or what these lack as vectors, and these as points in two dimensions. */
import { countOf } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { JobContext, JobFunction, JobInputOf } from '#shared/jobs.ts'
import { keptNeighbours } from '#shared/slices/maps.ts'
import { findEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { mappedImages, mapState, type MappedSet } from '#engine/workspace/failures/maps/mapped-images.ts'
import { modelNumber } from '#engine/workspace/repositories/models.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { project, type Projection, type ProjectOptions, type Stage } from '#engine/projection/project.ts'
import type { Rows } from '#engine/projection/rows.ts'
import { withReader } from '../job-reader.ts'
import { bytesOf, toEnd } from './in-steps.ts'
import { photoVectors } from './photo-vectors.ts'
import type { Vectors } from './vectors.ts'
import { encodedTexts, wordsOfTexts } from './text-vectors.ts'

const seed = 1

export const mapJob: JobFunction<'map'> = (input, context) =>
  withReader(context, async (database) => {
    const mapped: MappedSet = { modelNumber: modelNumber(database, input.modelId), set: input.set }
    const { digest: state } = await toEnd(context, mapState(database, mapped, input.basis))
    const images = await toEnd(context, mappedImages(database, mapped))
    if (images.length === 0) {
      throw new AppError('unavailable', 'Nothing of this set is scored and measured.', { kept: 'No map was stored.', todo: 'Score the set, then map it.' })
    }
    const vectors = await vectorsOf(database, input, { mapped, images }, context)
    const { rows, centred, direction } = vectors
    const projection = await projected(context, rows, { seed, centred, direction, neighbours: keptNeighbours })
    await context.emit({ ...input, state, ...asBytes(vectors.images, projection) })
    const total = vectors.images.length
    context.progress({ done: total, total, unit: 'images', message: `${countOf(total, 'image')} mapped by ${input.basis}` })
    return { modelId: input.modelId, images: total }
  })

async function vectorsOf(
  database: Database,
  { basis, encoderId }: JobInputOf<'map'>,
  set: { mapped: MappedSet; images: readonly number[] },
  context: JobContext,
): Promise<Vectors> {
  const encoder = encoderId === null ? null : await findEncoder(context.environment.encoderRoots, encoderId)
  if (basis !== 'photos') return encoder === null ? wordsOfTexts(database, basis, set, context) : encodedTexts(database, basis, { ...set, encoder }, context)
  if (encoder !== null) return photoVectors(database, set.images, encoder, context)
  throw new AppError('bad-input', 'A map of photos needs an encoder that sees them.', { kept: 'No map was stored.', todo: 'Choose an encoder.' })
}

const stageTitles: Record<Stage, string> = {
  axes: 'Finding the main axes',
  neighbours: 'Finding neighbours',
  strengths: 'Weighing neighbours',
  layout: 'Laying out',
}

async function projected(context: JobContext, rows: Rows, options: ProjectOptions): Promise<Projection> {
  return toEnd(context, project(rows, options), ({ stage, share }) => {
    context.progress({ done: Math.floor(share * rows.size), total: rows.size, unit: 'images', message: stageTitles[stage] })
  })
}

function asBytes(images: readonly number[], { points, neighbours, perPoint }: Projection) {
  return { images: bytesOf(Int32Array.from(images)), points: bytesOf(points), neighbours: bytesOf(neighbours), perPoint }
}
