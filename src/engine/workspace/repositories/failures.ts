/** Failures of best candidates: written with the scores, read as a set's measures. */
import { failureKinds, failureSummarySchema, type FailureKind, type FailureSummary } from '#shared/failures.ts'
import type { EvaluationSet } from '#shared/domain.ts'
import type { ReferenceSet } from '#shared/jobs.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'

interface ScoringKey {
  modelNumber: number
  referenceSet: ReferenceSet
}

/** Puts the kinds of some images in place of what was known of their candidates; images whose candidate is gone are passed by. */
export function writeFailures(database: Database, key: ScoringKey, rows: readonly { imageId: number; failures?: readonly FailureKind[] }[]): void {
  const remove = database.prepare('DELETE FROM failure WHERE model_number = ? AND reference_set = ? AND kind = ? AND image_id = ?')
  const insert = database.prepare(
    `INSERT INTO failure (model_number, reference_set, kind, image_id, caption_id)
     SELECT @modelNumber, @referenceSet, @kind, @imageId, id FROM caption
     WHERE model_number = @modelNumber AND image_id = @imageId AND rank = 0 AND superseded = 0`,
  )
  for (const { imageId, failures } of rows) {
    if (failures === undefined) continue
    for (const kind of failureKinds) remove.run(key.modelNumber, key.referenceSet, kind, imageId)
    for (const kind of failures) insert.run({ ...key, kind, imageId })
  }
}

/** The measures of a model's newest evaluation on a set; null where it was not scored, or by an older Capstan. */
export function failureSummary(database: Database, modelNumber: number, set: EvaluationSet): FailureSummary | null {
  const json = database
    .prepare<[number, string], string | null>('SELECT failures FROM evaluation WHERE model_number = ? AND image_set = ? ORDER BY id DESC LIMIT 1')
    .pluck()
    .get(modelNumber, set)
  return json == null ? null : storedJson(failureSummarySchema, json)
}
