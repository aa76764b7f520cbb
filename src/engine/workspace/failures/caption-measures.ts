/** Measures of scored captions, a row each: written with the scores, read a set at a time. */
import type { EvaluationSet } from '#shared/domain.ts'
import type { ReferenceSet } from '#shared/jobs.ts'
import type { CaptionMeasures } from '#shared/slices/measures.ts'
import { referenceSetOf } from '../scores/image-sets.ts'
import { prepared, type Database } from '../storage/database.ts'

/** Puts the measures of some images in place of what was known of their candidates; images whose candidate is gone are passed by. */
export function writeMeasures(
  database: Database,
  key: { modelNumber: number; referenceSet: ReferenceSet },
  rows: readonly { imageId: number; measures?: CaptionMeasures | undefined }[],
): void {
  const insert = prepared<[Record<string, string | number | null>]>(
    database,
    `INSERT OR REPLACE INTO caption_measure
       (model_number, reference_set, image_id, caption_id, words, brevity, rare_missed, agreement, said, missed, held, objects)
     SELECT @modelNumber, @referenceSet, @imageId, id, @words, @brevity, @rareMissed, @agreement, @said, @missed, @held, @objects FROM caption
     WHERE model_number = @modelNumber AND image_id = @imageId AND rank = 0 AND superseded = 0`,
  )
  for (const { imageId, measures } of rows) {
    if (measures === undefined) continue
    const { words, brevity, rareMissed, agreement } = measures
    const texts = { said: measures.said.join(' '), missed: measures.missed.join(' '), held: measures.held.join(' ') }
    const objects = measures.objects.map(({ name, term, invented }) => `${invented ? '!' : ''}${name}:${term}`).join('\t')
    insert.run({ ...key, imageId, words, brevity, rareMissed, agreement, ...texts, objects })
  }
}

/** An image's measures as they are stored, in the order of the columns: many are read at a time. */
export type MeasureRow = [
  imageId: number,
  logProbability: number | null,
  words: number,
  brevity: number | null,
  rareMissed: number | null,
  agreement: number | null,
  said: string,
  missed: string,
  objects: string,
]

export interface MeasurePage {
  modelNumber: number
  set: EvaluationSet
  /** the rows after this image */
  after: number
  most: number
}

/** Images of a set that are measured, by rising id. */
export function measureRows(database: Database, page: MeasurePage): MeasureRow[] {
  const columns = 'log_probability, words, brevity, rare_missed, agreement, said, missed, objects'
  return pageOf<MeasureRow>(database, columns, page)
}

/** The words of any reference of the same images. */
export function heldRows(database: Database, page: MeasurePage): [imageId: number, held: string][] {
  return pageOf(database, 'held', page)
}

/** The captions of the same images, by their ids. */
export function captionIdRows(database: Database, page: MeasurePage): [imageId: number, captionId: number][] {
  return pageOf(database, 'caption_id', page)
}

function pageOf<Row>(database: Database, columns: string, { modelNumber, set, after, most }: MeasurePage): Row[] {
  const split = set === 'train' || set === 'dev' || set === 'test' ? set : null
  const measured = 'measure.model_number = @modelNumber AND reference_set = @referenceSet'
  // From whichever side has fewer rows to pass by.
  const from =
    split === null
      ? `caption_measure AS measure CROSS JOIN caption ON caption.id = caption_id WHERE ${measured} AND measure.image_id > @after`
      : `image CROSS JOIN caption_measure AS measure ON ${measured} AND measure.image_id = image.id
         CROSS JOIN caption ON caption.id = caption_id WHERE split = @split AND image.id > @after`
  return prepared<[Record<string, string | number | null>], Row>(
    database,
    `SELECT measure.image_id, ${columns} FROM ${from} ORDER BY ${split === null ? 'measure.image_id' : 'image.id'} LIMIT @most`,
  )
    .raw()
    .all({ modelNumber, referenceSet: referenceSetOf(set), after, most, ...(split === null ? {} : { split }) })
}
