/** Images of a worst-first list with all that is shown of them. */
import { failureKinds, type FailureKind, type WorstImage } from '#shared/failures.ts'
import { judgedAmong, referenceSetOf } from '../scores/image-sets.ts'
import { prepared, type Database } from '../storage/database.ts'
import type { FrameQuery } from './frame.ts'

/** Some images of a set, in their order. */
export function worstAmong(database: Database, query: FrameQuery, imageIds: readonly number[]): WorstImage[] {
  const { modelNumber, otherNumber, set } = query
  const rows = scoredCaptions(database, query, modelNumber, imageIds)
  const others = otherNumber === null ? new Map<number, ScoredCaption>() : scoredCaptions(database, query, otherNumber, imageIds)
  const references = new Map(judgedAmong(database, set, imageIds).map((judged) => [judged.imageId, judged.references]))
  const kinds = kindsOf(database, query, imageIds)
  return imageIds.flatMap((imageId) => {
    const row = rows.get(imageId)
    if (row === undefined) return []
    const { fileName, caption, score, objects } = row
    const other = others.get(imageId)
    return [
      {
        imageId,
        fileName,
        caption,
        score,
        references: references.get(imageId) ?? [],
        kinds: kinds.get(imageId) ?? [],
        invented: inventedIn(objects),
        other: other === undefined ? null : { caption: other.caption, score: other.score, invented: inventedIn(other.objects) },
      },
    ]
  })
}

/** The lowest scores of a set whose captions were scored before they were measured. */
export function worstWithout(database: Database, query: FrameQuery, { kind, most }: { kind: FailureKind | null; most: number }): WorstImage[] {
  const { modelNumber, set, metric } = query
  const split = set === 'train' || set === 'dev' || set === 'test' ? set : null
  const imageIds = database
    .prepare<Record<string, string | number | null>, number>(
      `SELECT score.image_id FROM score JOIN image ON image.id = score.image_id
       WHERE score.model_number = @modelNumber AND reference_set = @referenceSet AND metric = @metric AND (@split IS NULL OR split = @split)
         AND (@kind IS NULL OR EXISTS (SELECT 1 FROM failure WHERE failure.model_number = @modelNumber
           AND failure.reference_set = @referenceSet AND kind = @kind AND failure.image_id = score.image_id))
       ORDER BY score.value, score.image_id LIMIT @most`,
    )
    .pluck()
    .all({ modelNumber, referenceSet: referenceSetOf(set), metric, split, kind, most })
  return worstAmong(database, query, imageIds)
}

interface ScoredCaption {
  imageId: number
  fileName: string
  caption: string
  score: number
  objects: string | null
}

function scoredCaptions(database: Database, { set, metric }: FrameQuery, modelNumber: number, imageIds: readonly number[]): Map<number, ScoredCaption> {
  const rows = prepared<[string, number, string, string], ScoredCaption>(
    database,
    `SELECT score.image_id AS imageId, file_name AS fileName, caption.text AS caption, score.value AS score, objects
     FROM json_each(?) AS wanted
     CROSS JOIN score ON score.model_number = ? AND score.reference_set = ? AND metric = ? AND score.image_id = wanted.value
     CROSS JOIN image ON image.id = score.image_id CROSS JOIN caption ON caption.id = score.caption_id
     LEFT JOIN caption_measure AS measure
       ON measure.model_number = score.model_number AND measure.reference_set = score.reference_set AND measure.image_id = score.image_id`,
  ).all(JSON.stringify(imageIds), modelNumber, referenceSetOf(set), metric)
  return new Map(rows.map((row) => [row.imageId, row]))
}

/** The words that name what nothing shows: `puppy`, of a dog. */
function inventedIn(objects: string | null): WorstImage['invented'] {
  const wrong = [...new Set(objects?.split('\t'))].filter((object) => object.startsWith('!'))
  return wrong.map((object) => ({ name: object.slice(1, object.indexOf(':')), term: object.slice(object.indexOf(':') + 1) }))
}

function kindsOf(database: Database, { modelNumber, set }: FrameQuery, imageIds: readonly number[]): Map<number, FailureKind[]> {
  const kinds = new Map<number, FailureKind[]>()
  const rows = database
    .prepare<[string, string, number, string], { imageId: number; kind: FailureKind }>(
      `SELECT image_id AS imageId, kind FROM json_each(?) AS wanted CROSS JOIN json_each(?) AS name
       CROSS JOIN failure ON model_number = ? AND reference_set = ? AND kind = name.value AND image_id = wanted.value ORDER BY wanted.key, name.key`,
    )
    .all(JSON.stringify(imageIds), JSON.stringify(failureKinds), modelNumber, referenceSetOf(set))
  for (const { imageId, kind } of rows) {
    const known = kinds.get(imageId)
    if (known) known.push(kind)
    else kinds.set(imageId, [kind])
  }
  return kinds
}
