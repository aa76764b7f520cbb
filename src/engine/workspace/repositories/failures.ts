/** Failures of best candidates: written with the scores, read as a set's measures and as lists of the worst images. */
import { failureKinds, failureSummarySchema, type FailureKind, type FailureSummary, type WorstImage } from '#shared/failures.ts'
import type { EvaluationSet, MetricName } from '#shared/domain.ts'
import type { ReferenceSet } from '#shared/jobs.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'
import { judgedAmong, referenceSetOf } from '../scores/image-sets.ts'

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

export interface WorstQuery {
  set: EvaluationSet
  metric: MetricName
  /** only images that show it */
  kind: FailureKind | null
  most: number
}

/** The images of a set with the lowest scores, worst first. */
export function worstImages(database: Database, modelNumber: number, { set, metric, kind, most }: WorstQuery): WorstImage[] {
  const key = { modelNumber, referenceSet: referenceSetOf(set) }
  const split = set === 'train' || set === 'dev' || set === 'test' ? set : null
  const rows = database
    .prepare<Record<string, string | number | null>, { imageId: number; fileName: string; caption: string; score: number }>(
      `SELECT score.image_id AS imageId, file_name AS fileName, caption.text AS caption, score.value AS score
       FROM score JOIN image ON image.id = score.image_id JOIN caption ON caption.id = caption_id
       WHERE score.model_number = @modelNumber AND reference_set = @referenceSet AND metric = @metric AND (@split IS NULL OR split = @split)
         AND (@kind IS NULL OR EXISTS (SELECT 1 FROM failure WHERE failure.model_number = @modelNumber
           AND failure.reference_set = @referenceSet AND kind = @kind AND failure.image_id = score.image_id))
       ORDER BY score.value, score.image_id LIMIT @most`,
    )
    .all({ ...key, metric, split, kind, most })
  const imageIds = rows.map(({ imageId }) => imageId)
  const references = new Map(judgedAmong(database, set, imageIds).map((judged) => [judged.imageId, judged.references]))
  const kinds = kindsOf(database, key, imageIds)
  return rows.map((row) => ({ ...row, references: references.get(row.imageId) ?? [], kinds: kinds.get(row.imageId) ?? [] }))
}

function kindsOf(database: Database, { modelNumber, referenceSet }: ScoringKey, imageIds: readonly number[]): Map<number, FailureKind[]> {
  const kinds = new Map<number, FailureKind[]>()
  const rows = database
    .prepare<[string, string, number, ReferenceSet], { imageId: number; kind: FailureKind }>(
      `SELECT image_id AS imageId, kind FROM json_each(?) AS wanted CROSS JOIN json_each(?) AS name
       CROSS JOIN failure ON model_number = ? AND reference_set = ? AND kind = name.value AND image_id = wanted.value ORDER BY wanted.key, name.key`,
    )
    .all(JSON.stringify(imageIds), JSON.stringify(failureKinds), modelNumber, referenceSet)
  for (const { imageId, kind } of rows) {
    const known = kinds.get(imageId)
    if (known) known.push(kind)
    else kinds.set(imageId, [kind])
  }
  return kinds
}
