/** Cases as they are kept: opened of what filters leave of a set, followed, closed with a verdict. */
import type { VerbParsed } from '#shared/api.ts'
import { keptVerdictSchema, type Case, type KeptVerdict } from '#shared/cases/cases.ts'
import { AppError } from '#shared/errors.ts'
import { sliceFiltersSchema } from '#shared/slices/filters.ts'
import type { FrameQuery } from '../failures/frame.ts'
import { selectedSteps } from '../failures/look.ts'
import { addToList, photoLists } from '../lists/photo-lists.ts'
import { modelNumber } from '../repositories/models.ts'
import { drawNumber } from '../repositories/snapshots.ts'
import type { ReviewContext } from '../review/review-context.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'

type StoredCase = Omit<Case, 'filters' | 'verdict'> & { filters: string; verdict: string | null }

/** The newest first. */
export function listCases(database: Database): Case[] {
  return database
    .prepare<[], StoredCase>(
      `SELECT followed_case.id, followed_case.name, note, filters, model.id AS modelId, image_set AS "set", metric, followed_case.author,
         followed_case.created_at AS createdAt, list_id AS listId, verdict,
         (SELECT count(*) FROM case_photo WHERE case_id = followed_case.id) AS photos,
         (SELECT count(*) FROM case_photo WHERE case_id = followed_case.id AND judges = 1) AS judging,
         (SELECT count(*) FROM photo_list_item WHERE photo_list_item.list_id = followed_case.list_id) AS listed,
         (SELECT count(*) FROM photo_list_item AS item WHERE item.list_id = followed_case.list_id AND EXISTS (
            SELECT 1 FROM review WHERE review.image_id = item.image_id AND state IN ('accepted', 'corrected', 'rejected'))) AS decided,
         (SELECT count(*) FROM photo_list_item AS item WHERE item.list_id = followed_case.list_id AND EXISTS (
            SELECT 1 FROM review WHERE review.image_id = item.image_id AND state = 'corrected')) AS corrected
       FROM followed_case JOIN model ON model.number = model_number ORDER BY followed_case.id DESC`,
    )
    .all()
    .map(({ filters, verdict, ...row }) => ({
      ...row,
      filters: storedJson(sliceFiltersSchema, filters),
      verdict: verdict === null ? null : storedJson(keptVerdictSchema, verdict),
    }))
}

/** @throws AppError `not-found` */
export function requireCase(database: Database, caseId: number): Case {
  const found = listCases(database).find(({ id }) => id === caseId)
  if (found === undefined)
    throw new AppError('not-found', 'That case is no longer there.', { kept: 'Its photos and models are.', todo: 'Choose another case.' })
  return found
}

/** What a case was opened of, as looks at failures ask. */
export function queryOf(database: Database, { modelId, set, metric }: Pick<Case, 'modelId' | 'set' | 'metric'>): FrameQuery {
  return { set, metric, modelNumber: modelNumber(database, modelId), otherNumber: null }
}

/**
 * Keeps the photos that the filters leave. Of those that may be learned from, a fixed draw over their contents keeps half to judge by, and the others come
 * into a list to correct, worst first; photos of the dev and test splits, which nothing learns from, all judge. Where all do, the list is of what the same
 * filters leave of the photos that may be learned from, if these are scored.
 * @throws AppError `conflict` for a name that is taken, `too-little-data` where no photo is left
 */
export function* openSteps(review: ReviewContext, wanted: VerbParsed<'cases.open'>): Generator<void, Case> {
  const { database, author, time } = review
  const { name, note, filters, set, metric } = wanted
  const query = queryOf(database, wanted)
  const worstFirst = (yield* selectedSteps(database, query, { filters, most: Infinity })) ?? []
  if (worstFirst.length === 0) {
    throw new AppError('too-little-data', 'No photo is left by these filters.', { kept: 'No case was opened.', todo: 'Take a filter away.' })
  }
  const splitOf = database.prepare<[number], { split: string; hash: string }>('SELECT split, content_hash AS hash FROM image WHERE id = ?')
  const teaches = (imageId: number): boolean => !judgingSplits.has(splitOf.get(imageId)?.split ?? 'none')
  const elsewhere = worstFirst.some(teaches) ? [] : (yield* alikeElsewhere(database, wanted)).filter(teaches)
  return database
    .transaction((): Case => {
      if (listCases(database).some((one) => one.name.toLowerCase() === name.toLowerCase())) {
        throw new AppError('conflict', `There is a case “${name}” already.`, { kept: 'It was not changed.', todo: 'Choose another name.' })
      }
      const { lastInsertRowid } = database
        .prepare('INSERT INTO followed_case (name, note, filters, model_number, image_set, metric, author, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(name, note, JSON.stringify(filters), query.modelNumber, set, metric, author, time)
      const caseId = Number(lastInsertRowid)
      const insert = database.prepare('INSERT INTO case_photo (case_id, image_id, judges) VALUES (?, ?, ?)')
      const teaching: number[] = []
      for (const imageId of worstFirst) {
        const judges = !teaches(imageId) || drawNumber(splitOf.get(imageId)?.hash ?? '0') % 2 === 0
        insert.run(caseId, imageId, judges ? 1 : 0)
        if (!judges) teaching.push(imageId)
      }
      const list = addToList(review, { list: { name: freeListName(database, name) }, imageIds: elsewhere.length > 0 ? elsewhere : teaching })
      database.prepare('UPDATE followed_case SET list_id = ? WHERE id = ?').run(list.id, caseId)
      return requireCase(database, caseId)
    })
    .immediate()
}

/** Nothing learns from these. */
const judgingSplits: ReadonlySet<string> = new Set(['dev', 'test'])

/** What the filters leave, worst first, of the first set with photos to learn from that the model is scored on. */
function* alikeElsewhere(database: Database, { modelId, metric, filters }: VerbParsed<'cases.open'>): Generator<void, number[]> {
  for (const set of ['train', 'all'] as const) {
    const imageIds = (yield* selectedSteps(database, queryOf(database, { modelId, set, metric }), { filters, most: Infinity })) ?? []
    if (imageIds.length > 0) return imageIds
  }
  return []
}

/** A list that a person made keeps its name. */
function freeListName(database: Database, name: string): string {
  const taken = new Set(photoLists(database).map((list) => list.name.toLowerCase()))
  for (let number = 1; ; number++) {
    const tried = number === 1 ? `Case: ${name}` : `Case: ${name} (${number})`
    if (!taken.has(tried.toLowerCase())) return tried
  }
}

export function noteCase(database: Database, caseId: number, note: string): Case {
  database.prepare('UPDATE followed_case SET note = ? WHERE id = ?').run(note, requireCase(database, caseId).id)
  return requireCase(database, caseId)
}

/** Null: opens it again. */
export function keepVerdict(database: Database, caseId: number, verdict: KeptVerdict | null): Case {
  database.prepare('UPDATE followed_case SET verdict = ? WHERE id = ?').run(verdict === null ? null : JSON.stringify(verdict), requireCase(database, caseId).id)
  return requireCase(database, caseId)
}

/** Its photos, its list, its snapshots and models stay. */
export function removeCase(database: Database, caseId: number): void {
  database.prepare('DELETE FROM followed_case WHERE id = ?').run(caseId)
}

/** The images of a case: those that judge it, or all. */
export function caseImages(database: Database, caseId: number, which: 'all' | 'judging'): number[] {
  return database
    .prepare<[number, number], number>('SELECT image_id FROM case_photo WHERE case_id = ? AND judges >= ? ORDER BY image_id')
    .pluck()
    .all(caseId, which === 'judging' ? 1 : 0)
}
