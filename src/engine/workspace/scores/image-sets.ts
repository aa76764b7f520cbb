/** The images that an evaluation judges, and what each is judged against. */
import type { EvaluationSet } from '#shared/domain.ts'
import { assertNever } from '#shared/errors.ts'
import type { ReferenceSet } from '#shared/jobs.ts'
import type { Database } from '../storage/database.ts'
import { referenceTexts } from '../repositories/references.ts'
import { heldOutCorrections } from '../repositories/snapshots.ts'

export interface JudgedImage {
  imageId: number
  references: string[]
}

export function referenceSetOf(set: EvaluationSet): ReferenceSet {
  return set === 'held-out corrections' ? 'corrections' : 'references'
}

/** The images of a set that have something to be judged against: their corrections, or their references. */
export function judgedImages(database: Database, set: EvaluationSet): JudgedImage[] {
  return judgedAmong(database, set, imagesOfSet(database, set))
}

/** The same of some images of the set, in their order. */
export function judgedAmong(database: Database, set: EvaluationSet, imageIds: readonly number[]): JudgedImage[] {
  const texts = set === 'held-out corrections' ? heldOutTexts(database, imageIds) : referenceTexts(database, unchanged(database, imageIds))
  return [...texts].map(([imageId, references]) => ({ imageId, references }))
}

/** Without photos that were replaced and wait for a decision: their references tell of another picture. */
function unchanged(database: Database, imageIds: readonly number[]): readonly number[] {
  const changed = new Set(database.prepare<[], number>('SELECT image_id FROM changed_photo').pluck().all())
  return changed.size === 0 ? imageIds : imageIds.filter((imageId) => !changed.has(imageId))
}

function heldOutTexts(database: Database, imageIds: readonly number[]): Map<number, string[]> {
  const corrections = heldOutCorrections(database)
  return new Map(
    imageIds.flatMap((imageId) => {
      const texts = corrections.get(imageId)
      return texts === undefined ? [] : [[imageId, texts]]
    }),
  )
}

/** The ids of a set's images, also of those without references. */
export function imagesOfSet(database: Database, set: EvaluationSet): number[] {
  switch (set) {
    case 'held-out corrections':
      return [...heldOutCorrections(database).keys()]
    case 'train':
    case 'dev':
    case 'test':
      return database.prepare<[string], number>('SELECT id FROM image WHERE split = ? ORDER BY id').pluck().all(set)
    case 'all':
      return database.prepare<[], number>('SELECT id FROM image ORDER BY id').pluck().all()
    default:
      return assertNever(set)
  }
}
