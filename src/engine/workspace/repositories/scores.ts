/** Scores of best candidates, one row for each metric. A score names the document-frequency table it was computed with. */
import { metricNames, type MetricName, type Scores } from '#shared/domain.ts'
import type { ReferenceSet } from '#shared/jobs.ts'
import type { Database } from '../storage/database.ts'

/** Writes scores of the model's present best candidates; images whose candidate is gone meanwhile are passed by. */
export function writeScores(
  database: Database,
  key: { modelNumber: number; referenceSet: ReferenceSet; documentFrequencyNumber: number },
  rows: readonly { imageId: number; scores: Scores; statistics?: Partial<Record<MetricName, number[]>> }[],
): void {
  const insert = database.prepare(
    `INSERT OR REPLACE INTO score (model_number, reference_set, metric, image_id, value, statistics, caption_id, document_frequency_number)
     SELECT @modelNumber, @referenceSet, @metric, @imageId, @value, @statistics, id, @documentFrequencyNumber FROM caption
     WHERE model_number = @modelNumber AND image_id = @imageId AND rank = 0 AND superseded = 0`,
  )
  for (const { imageId, scores, statistics } of rows) {
    for (const metric of metricNames) {
      const value = scores[metric]
      const numbers = statistics?.[metric]
      if (value !== undefined) insert.run({ ...key, metric, imageId, value, statistics: numbers === undefined ? null : JSON.stringify(numbers) })
    }
  }
}

export interface StoredScore {
  imageId: number
  metric: MetricName
  value: number
  /** A JSON list of numbers, for metrics that are no mean over images. */
  statistics: string | null
  documentFrequencyNumber: number
}

/** A model's scores of some images by some metrics, in the order of the images. */
export function readScores(
  database: Database,
  key: { modelNumber: number; referenceSet: ReferenceSet },
  imageIds: readonly number[],
  metrics: readonly MetricName[],
): StoredScore[] {
  return database
    .prepare<[string, string, number, ReferenceSet], StoredScore>(
      `SELECT image_id AS imageId, metric, score.value, statistics, document_frequency_number AS documentFrequencyNumber
       FROM json_each(?) AS wanted CROSS JOIN json_each(?) AS name
       CROSS JOIN score ON model_number = ? AND reference_set = ? AND metric = name.value AND image_id = wanted.value ORDER BY wanted.key`,
    )
    .all(JSON.stringify(imageIds), JSON.stringify(metrics), key.modelNumber, key.referenceSet)
}
