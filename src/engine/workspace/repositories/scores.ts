/** Scores of best candidates, one row for each metric. A score names the document-frequency table it was computed with. */
import type { MetricName, Scores } from '#shared/domain.ts'
import type { ReferenceSet } from '#shared/jobs.ts'
import type { Database } from '../database.ts'

/** Writes scores of the model's present best candidates; images whose candidate is gone meanwhile are passed by. */
export function writeScores(
  database: Database,
  key: { modelNumber: number; referenceSet: ReferenceSet; documentFrequencyNumber: number },
  rows: readonly { imageId: number; scores: Scores }[],
): void {
  const insert = database.prepare(
    `INSERT OR REPLACE INTO score (model_number, reference_set, metric, image_id, value, caption_id, document_frequency_number)
     SELECT @modelNumber, @referenceSet, @metric, @imageId, @value, id, @documentFrequencyNumber FROM caption
     WHERE model_number = @modelNumber AND image_id = @imageId AND rank = 0 AND superseded = 0`,
  )
  for (const { imageId, scores } of rows) {
    for (const [metric, value] of Object.entries(scores)) insert.run({ ...key, metric, imageId, value })
  }
}

export interface StoredScore {
  imageId: number
  metric: MetricName
  value: number
  documentFrequencyNumber: number
}

/** A model's scores of some images. */
export function readScores(database: Database, key: { modelNumber: number; referenceSet: ReferenceSet }, imageIds: readonly number[]): StoredScore[] {
  return database
    .prepare<[string, number, ReferenceSet], StoredScore>(
      `SELECT image_id AS imageId, metric, score.value, document_frequency_number AS documentFrequencyNumber
       FROM json_each(?) AS wanted JOIN score ON score.image_id = wanted.value WHERE model_number = ? AND reference_set = ?`,
    )
    .all(JSON.stringify(imageIds), key.modelNumber, key.referenceSet)
}
