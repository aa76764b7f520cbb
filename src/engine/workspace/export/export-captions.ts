/** The texts of an export, by image: as they stand now, or as a snapshot froze them. */
import { z } from 'zod'
import { labelId } from '#shared/annotation/labels.ts'
import type { ReviewState } from '#shared/domain.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import type { ExportSettings } from '#shared/exchange.ts'
import { noDetails, plainCaption, type DatasetCaption } from '#engine/datasets/record.ts'
import { prepared, type Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'
import { getModel, modelNumber } from '../repositories/models.ts'
import { getSnapshot, type SnapshotItemKind } from '../repositories/snapshots.ts'

interface TextRow {
  imageId: number
  text: string
  author: string | null
  time: string | null
  state: ReviewState | null
  rating: number | null
  errorTypes: string
  before: string | null
}

const errorTypesSchema = z.array(labelId)

/** The texts of an export, of some images at a time. */
export interface ExportTexts {
  /** How many texts each image has, at the place of its id. */
  counts(): Uint32Array
  /** The texts of some images, by image. */
  of(imageIds: readonly number[]): Map<number, DatasetCaption[]>
}

/** @throws AppError `bad-input` for candidates of no model or of a snapshot */
export function exportTexts(database: Database, settings: Pick<ExportSettings, 'what' | 'modelId' | 'snapshotId'>): ExportTexts {
  const { table, columns, join, where, order, values, author } = questionOf(database, settings)
  const image = `${table}.image_id`
  return {
    counts() {
      const largest = prepared<[], number | null>(database, 'SELECT max(id) FROM image').pluck().get() ?? 0
      const counts = new Uint32Array(largest + 1)
      const question = prepared<unknown[], [number, number]>(database, `SELECT ${image}, count(*) FROM ${table} WHERE ${where} GROUP BY ${image}`)
      for (const [imageId, texts] of question.raw().iterate(...values)) counts[imageId] = texts
      return counts
    },
    of(imageIds) {
      const sql = `SELECT ${image} AS imageId, ${table}.text, ${columns} FROM ${table} ${join}
        WHERE ${image} IN (SELECT value FROM json_each(?)) AND ${where} ORDER BY ${order}`
      const captions = new Map<number, DatasetCaption[]>()
      for (const { imageId, text, errorTypes: json, ...row } of prepared<unknown[], TextRow>(database, sql).iterate(JSON.stringify(imageIds), ...values)) {
        const ofImage = captions.get(imageId) ?? []
        captions.set(imageId, ofImage)
        const { author: written, ...details } = row
        ofImage.push(
          plainCaption(text, {
            author: author ?? written,
            details: { ...noDetails, ...details, errorTypes: json === '[]' ? [] : storedJson(errorTypesSchema, json) },
          }),
        )
      }
      return captions
    },
  }
}

/** Texts of one table, which has image_id and text. `join`: what further columns come from. */
interface Question {
  table: string
  columns: string
  join: string
  where: string
  order: string
  values: unknown[]
  /** Of all texts, where they have one author. */
  author?: string
}

function questionOf(database: Database, { what, modelId, snapshotId }: Pick<ExportSettings, 'what' | 'modelId' | 'snapshotId'>): Question {
  if (what === 'candidates') {
    const wrong = (happened: string, todo: string): AppError => new AppError('bad-input', happened, { kept: 'No file was written.', todo })
    if (modelId === null) throw wrong('An export of candidates needs a model.', 'Choose a model.')
    if (snapshotId !== null) throw wrong('A snapshot holds no candidates.', 'Export them as they stand, or choose other texts.')
    return candidates(database, modelId)
  }
  return snapshotId === null ? standing(what) : frozen(database, snapshotId, what)
}

function candidates(database: Database, modelId: string): Question {
  return {
    table: 'caption',
    columns: "NULL AS author, created_at AS time, NULL AS state, NULL AS rating, '[]' AS errorTypes, NULL AS before",
    join: '',
    where: 'model_number = ? AND rank = 0 AND superseded = 0',
    order: 'caption.id',
    values: [modelNumber(database, modelId)],
    author: getModel(database, modelId).name,
  }
}

/** The correction that gave a text, of the table before it that has image_id, slot and text; any of the photo's where the slot is not known. */
const itsCorrection = (table: string): string =>
  `LEFT JOIN correction ON correction.id = (SELECT max(id) FROM correction AS given
     WHERE given.image_id = ${table}.image_id AND given.text = ${table}.text AND given.slot = coalesce(${table}.slot, given.slot))`

type StandingTexts = Exclude<ExportSettings['what'], 'candidates'>

function standing(what: StandingTexts): Question {
  switch (what) {
    case 'references':
      return {
        table: 'reference',
        columns: "author, written_at AS time, NULL AS state, NULL AS rating, '[]' AS errorTypes, NULL AS before",
        join: '',
        where: 'standing = 1',
        order: 'reference.id',
        values: [],
      }
    case 'reviewed':
    case 'corrections':
      return {
        table: 'review',
        columns: `state, review.rating, review.error_types AS errorTypes, review.author,
          CASE state WHEN 'corrected' THEN correction.created_at ELSE updated_at END AS time,
          CASE state WHEN 'corrected' THEN nullif(correction.replaces, '') END AS before`,
        join: itsCorrection('review'),
        where: 'state IN (SELECT value FROM json_each(?))',
        order: 'review.image_id, review.slot',
        values: [JSON.stringify(what === 'corrections' ? ['corrected'] : ['accepted', 'corrected'])],
      }
    default:
      return assertNever(what)
  }
}

const frozenKinds: Record<StandingTexts, readonly SnapshotItemKind[]> = {
  references: ['reference'],
  corrections: ['correction'],
  reviewed: ['correction', 'accepted'],
}

function frozen(database: Database, snapshotId: number, what: StandingTexts): Question {
  getSnapshot(database, snapshotId)
  return {
    table: 'snapshot_item',
    columns: `coalesce(snapshot_item.author, correction.author) AS author, coalesce(correction.created_at, accepted_at) AS time,
      CASE kind WHEN 'correction' THEN 'corrected' WHEN 'accepted' THEN 'accepted' END AS state, coalesce(snapshot_item.rating, correction.rating) AS rating,
      coalesce(snapshot_item.error_types, correction.error_types, '[]') AS errorTypes, nullif(correction.replaces, '') AS before`,
    join: `${itsCorrection('snapshot_item')} AND kind = 'correction'`,
    where: 'snapshot_id = ? AND kind IN (SELECT value FROM json_each(?))',
    order: 'snapshot_item.image_id, snapshot_item.slot, snapshot_item.id',
    values: [snapshotId, JSON.stringify(frozenKinds[what])],
  }
}
