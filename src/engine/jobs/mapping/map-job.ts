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
import { throwIfCancelled } from '#engine/runtime/job-runtime.ts'
import { withReader } from '../job-reader.ts'
import { photoVectors } from './photo-vectors.ts'
import type { Vectors } from './vectors.ts'
import { encodedTexts, wordsOfTexts } from './text-vectors.ts'

const seed = 1
/** Milliseconds between two looks at pause and cancel. */
const slice = 50

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

/** Runs a computation to its end; pauses, cancels and tells how far it is in between. Its steps must be short. */
async function toEnd<Step, Result>(context: JobContext, steps: Iterator<Step, Result>, tell: (step: Step) => void = () => undefined): Promise<Result> {
  for (;;) {
    const end = performance.now() + slice
    let step = steps.next()
    while (!step.done && performance.now() < end) step = steps.next()
    if (step.done) return step.value
    tell(step.value)
    await new Promise((resolve) => setImmediate(resolve))
    await context.unpaused()
    throwIfCancelled(context)
  }
}

function asBytes(images: readonly number[], { points, neighbours, perPoint }: Projection) {
  const bytes = (array: Int32Array | Float32Array) => Uint8Array.from(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  return { images: bytes(Int32Array.from(images)), points: bytes(points), neighbours: bytes(neighbours), perPoint }
}
