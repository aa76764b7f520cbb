/** The texts of an export, by image: as they stand now, or as a snapshot froze them. */
import { z } from 'zod'
import { labelId } from '#shared/annotation/labels.ts'
import type { ReviewState } from '#shared/domain.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import type { ExportSettings } from '#shared/exchange.ts'
import { noDetails, plainCaption, type DatasetCaption } from '#engine/datasets/record.ts'
import type { Database } from '../storage/database.ts'
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

/** @throws AppError `bad-input` for candidates of no model or of a snapshot */
export function captionsOf(database: Database, settings: Pick<ExportSettings, 'what' | 'modelId' | 'snapshotId'>): Map<number, DatasetCaption[]> {
  const captions = new Map<number, DatasetCaption[]>()
  for (const { imageId, text, author, errorTypes: json, ...details } of rowsOf(database, settings)) {
    const ofImage = captions.get(imageId) ?? []
    captions.set(imageId, ofImage)
    ofImage.push(plainCaption(text, { author, details: { ...noDetails, ...details, errorTypes: json === '[]' ? [] : storedJson(errorTypesSchema, json) } }))
  }
  return captions
}

function rowsOf(database: Database, { what, modelId, snapshotId }: Pick<ExportSettings, 'what' | 'modelId' | 'snapshotId'>): IterableIterator<TextRow> {
  if (what === 'candidates') {
    const wrong = (happened: string, todo: string): AppError => new AppError('bad-input', happened, { kept: 'No file was written.', todo })
    if (modelId === null) throw wrong('An export of candidates needs a model.', 'Choose a model.')
    if (snapshotId !== null) throw wrong('A snapshot holds no candidates.', 'Export them as they stand, or choose other texts.')
    return candidates(database, modelId)
  }
  return snapshotId === null ? standing(database, what) : frozen(database, snapshotId, what)
}

function candidates(database: Database, modelId: string): IterableIterator<TextRow> {
  return database
    .prepare<[string, number], TextRow>(
      `SELECT image_id AS imageId, text, ? AS author, created_at AS time, NULL AS state, NULL AS rating, '[]' AS errorTypes, NULL AS before
       FROM caption WHERE model_number = ? AND rank = 0 AND superseded = 0`,
    )
    .iterate(getModel(database, modelId).name, modelNumber(database, modelId))
}

/** The correction that gave a text, of the table before it that has image_id, slot and text; any of the photo's where the slot is not known. */
const itsCorrection = (table: string): string =>
  `LEFT JOIN correction ON correction.id = (SELECT max(id) FROM correction AS given
     WHERE given.image_id = ${table}.image_id AND given.text = ${table}.text AND given.slot = coalesce(${table}.slot, given.slot))`

type StandingTexts = Exclude<ExportSettings['what'], 'candidates'>

function standing(database: Database, what: StandingTexts): IterableIterator<TextRow> {
  switch (what) {
    case 'references':
      return database
        .prepare<[], TextRow>(
          `SELECT image_id AS imageId, text, author, written_at AS time, NULL AS state, NULL AS rating, '[]' AS errorTypes, NULL AS before
           FROM reference WHERE standing = 1 ORDER BY id`,
        )
        .iterate()
    case 'reviewed':
    case 'corrections':
      return database
        .prepare<[string], TextRow>(
          `SELECT review.image_id AS imageId, review.text, state, review.rating, review.error_types AS errorTypes, review.author,
             CASE state WHEN 'corrected' THEN correction.created_at ELSE updated_at END AS time,
             CASE state WHEN 'corrected' THEN nullif(correction.replaces, '') END AS before
           FROM review ${itsCorrection('review')}
           WHERE state IN (SELECT value FROM json_each(?)) ORDER BY review.image_id, review.slot`,
        )
        .iterate(JSON.stringify(what === 'corrections' ? ['corrected'] : ['accepted', 'corrected']))
    default:
      return assertNever(what)
  }
}

const frozenKinds: Record<StandingTexts, readonly SnapshotItemKind[]> = {
  references: ['reference'],
  corrections: ['correction'],
  reviewed: ['correction', 'accepted'],
}

function frozen(database: Database, snapshotId: number, what: StandingTexts): IterableIterator<TextRow> {
  getSnapshot(database, snapshotId)
  return database
    .prepare<[number, string], TextRow>(
      `SELECT snapshot_item.image_id AS imageId, snapshot_item.text, coalesce(snapshot_item.author, correction.author) AS author,
         coalesce(correction.created_at, accepted_at) AS time, CASE kind WHEN 'correction' THEN 'corrected' WHEN 'accepted' THEN 'accepted' END AS state,
         coalesce(snapshot_item.rating, correction.rating) AS rating, coalesce(snapshot_item.error_types, correction.error_types, '[]') AS errorTypes,
         nullif(correction.replaces, '') AS before
       FROM snapshot_item ${itsCorrection('snapshot_item')} AND kind = 'correction'
       WHERE snapshot_id = ? AND kind IN (SELECT value FROM json_each(?)) ORDER BY snapshot_item.image_id, snapshot_item.slot, snapshot_item.id`,
    )
    .iterate(snapshotId, JSON.stringify(frozenKinds[what]))
}
