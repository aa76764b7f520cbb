/**
 * Clusters of a scored set: of its errors (what captions say beyond and short of their references), and of its photos as an encoder sees them. Slices are
 * found among them. No score is looked at here. Photos are clustered whatever captions say of them; errors come of the same captions as scores do, so
 * their clusters are fitted to one half of the photos, and the other half, put into them, judges.
 */
import { countOf } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { JobContext, JobFunction, JobInputOf } from '#shared/jobs.ts'
import { randomAt } from '#shared/random.ts'
import { fittedBit, type ClusterBasis } from '#shared/slices/clusters.ts'
import { findEncoder } from '#engine/vision/encoders/encoder-registry.ts'
import { newestClusters } from '#engine/workspace/failures/clusters/stored-clusters.ts'
import { mappedImages, mapState, type MappedSet } from '#engine/workspace/failures/maps/mapped-images.ts'
import { modelNumber } from '#engine/workspace/repositories/models.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { clustersOf, fitMixture } from '#engine/projection/mixture.ts'
import { reduceRows } from '#engine/projection/reduce.ts'
import { scaleRows, type Points } from '#engine/projection/rows.ts'
import { withReader } from '../job-reader.ts'
import { bytesOf, toEnd } from './in-steps.ts'
import { photoVectors } from './photo-vectors.ts'
import { wordsOfTexts } from './text-vectors.ts'
import type { Vectors } from './vectors.ts'

const seed = 1
/** Main axes in which clusters are sought. */
const dimensions = 16
/** Photos that a cluster has at least, on average. */
const fewest = 16

export const findClustersJob: JobFunction<'find-clusters'> = (input, context) =>
  withReader(context, async (database) => {
    const mapped: MappedSet = { modelNumber: modelNumber(database, input.modelId), set: input.set }
    const images = await toEnd(context, mappedImages(database, mapped))
    if (images.length === 0) {
      throw new AppError('unavailable', 'Nothing of this set is scored and measured.', { kept: 'No clusters were stored.', todo: 'Score the set first.' })
    }
    const told: string[] = []
    for (const basis of ['differences', 'photos'] as const) {
      if (basis === 'photos' && input.encoderId === null) continue
      const found = await clustersBy(database, input, basis, { mapped, images }, context)
      told.push(`${countOf(found, 'cluster')} of ${basis === 'photos' ? 'photos' : 'errors'}`)
    }
    context.progress({ done: images.length, total: images.length, unit: 'images', message: told.join(', ') })
    return { modelId: input.modelId, images: images.length }
  })

/** Returns how many there are; those that are of what the set is now are not computed again. */
async function clustersBy(
  database: Database,
  { modelId, set, encoderId }: JobInputOf<'find-clusters'>,
  basis: ClusterBasis,
  of: { mapped: MappedSet; images: readonly number[] },
  context: JobContext,
): Promise<number> {
  const place = { modelId, set, basis, encoderId: basis === 'photos' ? encoderId : null }
  const { digest: state } = await toEnd(context, mapState(database, of.mapped, basis))
  const known = newestClusters(database, of.mapped).find((one) => one.basis === basis && one.encoderId === place.encoderId)
  if (known?.state === state) return known.clusters
  const vectors =
    basis === 'differences' || encoderId === null
      ? await wordsOfTexts(database, 'differences', of, context)
      : await photoVectors(database, of.images, await findEncoder(context.environment.encoderRoots, encoderId), context)
  const { clusters, places } = await clustered(vectors, basis, context)
  await context.emit({ kind: 'clusters', ...place, state, images: bytesOf(Int32Array.from(vectors.images)), places, clusters })
  return clusters
}

async function clustered(vectors: Vectors, basis: ClusterBasis, context: JobContext): Promise<{ clusters: number; places: Uint8Array<ArrayBuffer> }> {
  const { rows, images, centred, direction } = vectors
  const total = images.length
  const tell = (message: string, from: number, to: number) => (share: number) =>
    context.progress({
      done: Math.floor((from + (to - from) * share) * total),
      total,
      unit: 'images',
      message: `${message} of ${basis === 'photos' ? 'photos' : 'errors'}`,
    })
  const points = await toEnd(context, reduceRows(rows, { dimensions, centred, seed }), tell('Finding the main axes', 0, 0.3))
  if (direction) scaleRows(points)
  const fitted = Uint8Array.from(images, (imageId) => (basis === 'photos' ? 1 : randomAt(seed, 'projection', 7, imageId).next() & 1))
  const mixture = await toEnd(context, fitMixture(rowsThat(points, fitted), { seed, fewest }), tell('Finding clusters', 0.3, 0.95))
  const of = await toEnd(context, clustersOf(points, mixture), tell('Finding clusters', 0.95, 1))
  // Photos tell nothing of the scores of their captions: all of them may judge.
  const places = Uint8Array.from(of, (cluster, row) => cluster + (basis === 'differences' && fitted[row] === 1 ? fittedBit : 0))
  return { clusters: mixture.clusters, places }
}

function rowsThat({ values, size, width }: Points, wanted: Uint8Array): Points {
  const kept = Array.from({ length: size }, (_, row) => row).filter((row) => wanted[row] === 1)
  const own = new Float32Array(kept.length * width)
  kept.forEach((row, place) => own.set(values.subarray(row * width, (row + 1) * width), place * width))
  return { values: own, size: kept.length, width }
}
