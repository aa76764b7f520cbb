/** The images of a scored set as a map is computed from them. */
import { createHash } from 'node:crypto'
import type { EvaluationSet } from '#shared/domain.ts'
import type { MapBasis } from '#shared/slices/maps.ts'
import { judgedAmong, referenceSetOf } from '../../scores/image-sets.ts'
import { prepared, type Database } from '../../storage/database.ts'
import { captionIdRows, heldRows } from '../caption-measures.ts'

export interface MappedSet {
  modelNumber: number
  set: EvaluationSet
}

const rowsPerStep = 1000

/** Ids of the set's measured images, rising. */
export function* mappedImages(database: Database, mapped: MappedSet): Generator<void, number[]> {
  const images: number[] = []
  for (const page of pagesOf((after) => captionIdRows(database, { ...mapped, after, most: rowsPerStep }))) {
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
  for (const page of pagesOf((after) => captionIdRows(database, { ...mapped, after, most: rowsPerStep }))) {
    images += page.length
    const imageIds = page.map(([imageId]) => imageId)
    hash.update((basis === 'photos' ? contentsOf(database, imageIds) : page).join('\n'))
    yield
  }
  if (basis === 'differences') {
    for (const page of pagesOf((after) => heldRows(database, { ...mapped, after, most: rowsPerStep }))) {
      hash.update(page.join('\n'))
      yield
    }
  }
  return { digest: hash.digest('hex'), images }
}

/** What the model says of some images of the set, in their order. */
export function captionsOf(database: Database, { modelNumber, set }: MappedSet, imageIds: readonly number[]): { imageId: number; text: string }[] {
  return prepared<[string, number, string], { imageId: number; text: string }>(
    database,
    `SELECT measure.image_id AS imageId, text FROM json_each(?) AS wanted
     CROSS JOIN caption_measure AS measure ON measure.model_number = ? AND reference_set = ? AND measure.image_id = wanted.value
     CROSS JOIN caption ON caption.id = caption_id ORDER BY wanted.key`,
  ).all(JSON.stringify(imageIds), modelNumber, referenceSetOf(set))
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

function* pagesOf<Row extends [imageId: number, ...unknown[]]>(read: (after: number) => Row[]): Generator<Row[], void> {
  for (let after = 0; ;) {
    const rows = read(after)
    if (rows.length > 0) yield rows
    if (rows.length < rowsPerStep) return
    after = rows[rows.length - 1][0]
  }
}
