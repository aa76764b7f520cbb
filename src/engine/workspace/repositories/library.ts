/**
 * Finding images. Every clause of a filter and every order reads one covering index and gives image ids; the ids are intersected here, in a
 * table of bytes. So no combination of filter and order is slower than the sum of its index scans, and none needs an index of its own.
 */
import { z } from 'zod'
import type { LibraryFilter, LibraryRow, LibrarySort, MetricName } from '#shared/domain.ts'
import { reviewStates } from '#shared/domain.ts'
import { assertNever } from '#shared/errors.ts'
import { listOf } from '#shared/packing.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'
import { allSteps } from '../slices.ts'
import { scanIds, type IdQuery } from '../storage/id-scans.ts'
import { textQueries } from './image-text.ts'

/** Photos of which some captions are decided and others wait; their index is on these conditions. */
export const begunPhotos = "image WHERE decided > 0 AND review_state IN ('pending', 'draft')"

/** One query for each clause of the filter; an image passes if all of them name it. `modelNumber` null = no model: nothing is captioned. */
export function filterQueries(filter: LibraryFilter, modelNumber: number | null): { wanted: IdQuery[]; unwanted: IdQuery[] } {
  const wanted: IdQuery[] = []
  const unwanted: IdQuery[] = []
  const model = modelNumber ?? -1
  if (filter.states.length > 0) {
    wanted.push({ sql: `SELECT id FROM image WHERE review_state IN (${placeholders(filter.states)})`, values: filter.states })
  }
  if (filter.splits.length > 0) {
    wanted.push({ sql: `SELECT id FROM image WHERE split IN (${placeholders(filter.splits)})`, values: filter.splits })
  }
  if (filter.errorTypes.length > 0) {
    const oneOf = filter.errorTypes.map(() => 'instr(error_types, ?) > 0').join(' OR ')
    wanted.push({
      sql: `SELECT image_id FROM review WHERE error_types <> '[]' AND (${oneOf})`,
      values: filter.errorTypes.map((errorType) => JSON.stringify(errorType)),
    })
  }
  if (filter.ratings.length > 0) {
    wanted.push({ sql: `SELECT image_id FROM review WHERE rating IN (${placeholders(filter.ratings)})`, values: filter.ratings })
  }
  if (filter.tags.length > 0) wanted.push({ sql: `SELECT image_id FROM tag WHERE name IN (${placeholders(filter.tags)})`, values: filter.tags })
  if (filter.authors.length > 0) {
    wanted.push({ sql: `SELECT image_id FROM photo_author WHERE author IN (${placeholders(filter.authors)})`, values: filter.authors })
  }
  if (filter.captioned !== 'any') {
    const captioned = { sql: 'SELECT image_id FROM caption WHERE model_number = ? AND rank = 0 AND superseded = 0', values: [model] }
    if (filter.captioned === 'yes') wanted.push(captioned)
    else unwanted.push(captioned)
  }
  if (filter.score !== null) {
    const { metric, minimum, maximum } = filter.score
    wanted.push({
      sql: `SELECT image_id FROM score WHERE model_number = ? AND reference_set = 'references' AND metric = ? AND value BETWEEN ? AND ?`,
      values: [model, metric, minimum ?? -1e300, maximum ?? 1e300],
    })
  }
  if (filter.failure !== null) {
    wanted.push({
      sql: 'SELECT image_id FROM failure WHERE model_number = ? AND reference_set = ? AND kind = ?',
      values: [model, filter.failure.against, filter.failure.kind],
    })
  }
  if (filter.listId !== null) wanted.push({ sql: 'SELECT image_id FROM photo_list_item WHERE list_id = ?', values: [filter.listId] })
  if (filter.changed) wanted.push({ sql: 'SELECT image_id FROM changed_photo', values: [] })
  if (filter.begun) wanted.push({ sql: `SELECT id FROM ${begunPhotos}`, values: [] })
  if (filter.unknownWords) wanted.push({ sql: 'SELECT image_id FROM review WHERE unknown_words = 1', values: [] })
  wanted.push(...textQueries(filter.text))
  return { wanted, unwanted }
}

/** Queries that give ids in order, one after the other; images that none of them names come last, by position. */
export function orderQueries(sort: LibrarySort, modelNumber: number | null, listId: number | null = null): IdQuery[] {
  const direction = sort.direction === 'ascending' ? 'ASC' : 'DESC'
  const model = modelNumber ?? -1
  switch (sort.by) {
    case 'position':
      return [{ sql: `SELECT id FROM image ORDER BY id ${direction}`, values: [] }]
    case 'name':
      return [{ sql: `SELECT id FROM image ORDER BY sort_name ${direction}, id ${direction}`, values: [] }]
    case 'score':
      return [
        {
          sql: `SELECT image_id FROM score WHERE model_number = ? AND reference_set = 'references' AND metric = ?
            ORDER BY value ${direction}, image_id ${direction}`,
          values: [model, sort.metric],
        },
      ]
    case 'log-probability':
      return [
        {
          sql: `SELECT image_id FROM caption WHERE model_number = ? AND rank = 0 AND superseded = 0 AND log_probability IS NOT NULL
            ORDER BY log_probability ${direction}, image_id ${direction}`,
          values: [model],
        },
      ]
    case 'state': {
      const states = sort.direction === 'ascending' ? reviewStates : reviewStates.toReversed()
      return states.map((state) => ({ sql: 'SELECT id FROM image WHERE review_state = ? ORDER BY id', values: [state] }))
    }
    case 'updated':
      return [
        {
          sql: `SELECT image_id FROM review WHERE updated_at IS NOT NULL ORDER BY updated_at ${direction}, image_id ${direction}`,
          values: [],
        },
      ]
    case 'split':
      return [{ sql: `SELECT id FROM image ORDER BY split ${direction}, id ${direction}`, values: [] }]
    case 'rating':
      return [{ sql: `SELECT image_id FROM review WHERE rating IS NOT NULL ORDER BY rating ${direction}, image_id ${direction}`, values: [] }]
    case 'list':
      return [{ sql: `SELECT image_id FROM photo_list_item WHERE list_id = ? ORDER BY place ${direction}`, values: [listId ?? -1] }]
    default:
      return assertNever(sort.by)
  }
}

/** Which images pass the filter: 1 at the place of their id, else 0. */
export function passingImages(database: Database, filter: LibraryFilter, modelNumber: number | null): Uint8Array {
  return allSteps(passingSteps(database, filter, modelNumber))
}

/** The same, a clause a step. */
export function* passingSteps(database: Database, filter: LibraryFilter, modelNumber: number | null): Generator<undefined, Uint8Array> {
  const { wanted, unwanted } = filterQueries(filter, modelNumber)
  const passed = new Uint8Array(largestId(database) + 1)
  for (const [clause, query] of wanted.entries()) {
    for (const id of scanIds(database, query)) if (passed[id] === clause) passed[id] = clause + 1
    yield
  }
  if (wanted.length === 0) for (const id of scanIds(database, { sql: 'SELECT id FROM image', values: [] })) passed[id] = 1
  for (const query of unwanted) for (const id of scanIds(database, query)) passed[id] = 0
  const clauses = Math.max(1, wanted.length)
  for (let id = 0; id < passed.length; id++) passed[id] = passed[id] === clauses ? 1 : 0
  return passed
}

/** The ids of all images that pass the filter, in order. */
export function libraryIds(database: Database, filter: LibraryFilter, sort: LibrarySort, modelNumber: number | null): number[] {
  const { wanted, unwanted } = filterQueries(filter, modelNumber)
  if (wanted.length === 0 && unwanted.length === 0 && (sort.by === 'position' || sort.by === 'name' || sort.by === 'state')) {
    return ([] as number[]).concat(...orderQueries(sort, modelNumber).map((query) => listOf(scanIds(database, query))))
  }
  const passed = passingImages(database, filter, modelNumber)
  const found: number[] = []
  if (sort.by !== 'position') {
    // A photo with several captions goes by its last change and its highest rating, as its row shows them: those come first in descending order.
    const turned = (sort.by === 'updated' || sort.by === 'rating') && sort.direction === 'ascending'
    for (const query of orderQueries(turned ? { ...sort, direction: 'descending' } : sort, modelNumber, filter.listId)) {
      for (const id of scanIds(database, query)) {
        if (passed[id] !== 1) continue
        found.push(id)
        passed[id] = 0
      }
    }
    if (turned) found.reverse()
  }
  const rest: number[] = []
  for (let id = 1; id < passed.length; id++) if (passed[id] === 1) rest.push(id)
  return sort.by === 'position' && sort.direction === 'descending' ? rest.reverse() : found.concat(rest)
}

function largestId(database: Database): number {
  return database.prepare<[], number | null>('SELECT max(id) FROM image').pluck().get() ?? 0
}

/** What the grid shows of some images, in the order of the ids; unknown ids are left out. */
export function libraryRows(database: Database, imageIds: readonly number[], modelNumber: number | null, metric: MetricName): LibraryRow[] {
  const rows = database
    .prepare<{ imageIds: string; model: number; metric: MetricName }, Omit<LibraryRow, 'tags' | 'changed'> & { tags: string | null; changed: number }>(
      `SELECT image.id AS imageId, file_name AS fileName, split, width, height, review_state AS state, decided, caption.text AS caption,
         (SELECT text FROM review WHERE image_id = image.id AND state IN ('accepted', 'corrected', 'draft') ORDER BY slot LIMIT 1) AS reviewedText,
         score.value AS score, reference_count AS "references", caption.log_probability AS logProbability,
         (SELECT max(rating) FROM review WHERE image_id = image.id) AS rating, (SELECT max(updated_at) FROM review WHERE image_id = image.id) AS updatedAt,
         (SELECT json_group_array(name) FROM tag WHERE image_id = image.id) AS tags,
         image.id IN (SELECT image_id FROM changed_photo) AS changed
       FROM json_each(@imageIds) AS wanted
       JOIN image ON image.id = wanted.value
       LEFT JOIN caption ON caption.model_number = @model AND caption.image_id = image.id AND rank = 0 AND superseded = 0
       LEFT JOIN score ON score.model_number = @model AND reference_set = 'references' AND metric = @metric AND score.image_id = image.id
       ORDER BY wanted.key`,
    )
    .all({ imageIds: JSON.stringify(imageIds), model: modelNumber ?? -1, metric })
  return rows.map((row) => ({ ...row, tags: storedJson(tagsSchema, row.tags ?? '[]'), changed: row.changed === 1 }))
}

const tagsSchema = z.array(z.string())

function placeholders(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ')
}
