/** The images of a scored set as a map is computed from them. */
import { createHash } from 'node:crypto'
import type { EvaluationSet } from '#shared/domain.ts'
import type { MapBasis } from '#shared/slices/maps.ts'
import { judgedAmong } from '../../scores/image-sets.ts'
import { prepared, type Database } from '../../storage/database.ts'
import { heldRows } from '../caption-measures.ts'

export interface MappedSet {
  modelNumber: number
  set: EvaluationSet
}

const rowsPerStep = 1000

/** Ids of the set's measured images, rising. */
export function* mappedImages(database: Database, { modelNumber, set }: MappedSet): Generator<void, number[]> {
  const images: number[] = []
  for (const page of pagesOf(database, { modelNumber, set })) {
    for (const [imageId] of page) images.push(imageId)
    yield
  }
  return images
}

/**
 * A digest of all that a map of the set depends on within the database: which images, and what the photos are, what the captions say, or what they and
 * their references say; and how many images these are.
 */
export function* mapState(database: Database, mapped: MappedSet, basis: MapBasis): Generator<void, { digest: string; images: number }> {
  const hash = createHash('sha256')
  let images = 0
  for (const page of pagesOf(database, mapped)) {
    const imageIds = page.map(([imageId]) => imageId)
    images += imageIds.length
    if (basis === 'photos') for (const [imageId, content] of contentsOf(database, imageIds)) hash.update(`${imageId} ${content}\n`)
    else for (const { imageId, captionId } of captionsOf(database, mapped, imageIds)) hash.update(`${imageId} ${captionId}\n`)
    if (basis === 'differences') for (const [imageId, held] of page) hash.update(`${imageId} ${held}\n`)
    yield
  }
  return { digest: hash.digest('hex'), images }
}

/** What the model says of some images of the set, in their order. */
export function captionsOf(
  database: Database,
  { modelNumber, set }: MappedSet,
  imageIds: readonly number[],
): { imageId: number; captionId: number; text: string }[] {
  return prepared<[string, number, string], { imageId: number; captionId: number; text: string }>(
    database,
    `SELECT measure.image_id AS imageId, caption.id AS captionId, text FROM json_each(?) AS wanted
     CROSS JOIN caption_measure AS measure ON measure.model_number = ? AND reference_set = ? AND measure.image_id = wanted.value
     CROSS JOIN caption ON caption.id = caption_id ORDER BY wanted.key`,
  ).all(JSON.stringify(imageIds), modelNumber, set === 'held-out corrections' ? 'corrections' : 'references')
}

/** What some images of the set are judged by. */
export function referencesOf(database: Database, set: EvaluationSet, imageIds: readonly number[]): Map<number, string[]> {
  return new Map(judgedAmong(database, set, imageIds).map(({ imageId, references }) => [imageId, references]))
}

function contentsOf(database: Database, imageIds: readonly number[]): [imageId: number, contentHash: string][] {
  return prepared<[string], [number, string]>(
    database,
    'SELECT image.id, content_hash FROM json_each(?) AS wanted CROSS JOIN image ON image.id = wanted.value ORDER BY wanted.key',
  )
    .raw()
    .all(JSON.stringify(imageIds))
}

function* pagesOf(database: Database, mapped: MappedSet): Generator<[imageId: number, held: string][], void> {
  for (let after = 0; ;) {
    const rows = heldRows(database, { ...mapped, after, most: rowsPerStep })
    if (rows.length > 0) yield rows
    if (rows.length < rowsPerStep) return
    after = rows[rows.length - 1][0]
  }
}
