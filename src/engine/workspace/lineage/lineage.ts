/** The neighbours of a node: what the dataset knows of where captions, corrections, snapshots, models and cases come from. */
import { countOf } from '#shared/domain.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import type { Lineage, LineageEdge, LineageNode, LineageRef } from '#shared/lineage/lineage.ts'
import { listCases, requireCase } from '../cases/cases.ts'
import { getModel, listModels, type ModelRecord } from '../repositories/models.ts'
import { getSnapshot } from '../repositories/snapshots.ts'
import { prepared, type Database } from '../storage/database.ts'

/** Neighbours that are listed at most, of one kind. */
const most = 50

type Neighbours = Omit<Lineage, 'node'>

/** @throws AppError `not-found` where the node is gone */
export function lineageOf(database: Database, ref: LineageRef): Lineage {
  return { node: nodeOf(database, ref), ...neighbours(database, ref) }
}

function nodeOf(database: Database, ref: LineageRef): LineageNode {
  switch (ref.kind) {
    case 'model':
      return modelNode(getModel(database, ref.modelId))
    case 'snapshot': {
      const { name, corrections, createdAt } = getSnapshot(database, ref.snapshotId)
      return { ref, title: name, note: `${countOf(corrections, 'correction')}, ${day(createdAt)}`, imageId: null }
    }
    case 'case': {
      const { name, photos, createdAt } = requireCase(database, ref.caseId)
      return { ref, title: name, note: `${countOf(photos, 'photo')}, ${day(createdAt)}`, imageId: null }
    }
    case 'caption': {
      const { text, imageId, fileName, beam, createdAt } = captionRow(database, ref.captionId)
      return { ref, title: text === '' ? 'empty caption' : text, note: `${fileName}, beam ${beam}, ${day(createdAt)}`, imageId }
    }
    case 'correction': {
      const { text, imageId, fileName, author, createdAt } = correctionRow(database, ref.correctionId)
      return { ref, title: text, note: `${fileName}${author === '' ? '' : `, by ${author}`}, ${day(createdAt)}`, imageId }
    }
    default:
      return assertNever(ref)
  }
}

function neighbours(database: Database, ref: LineageRef): Neighbours {
  switch (ref.kind) {
    case 'model':
      return ofModel(database, getModel(database, ref.modelId))
    case 'snapshot':
      return ofSnapshot(database, ref.snapshotId)
    case 'case':
      return ofCase(database, ref.caseId)
    case 'caption':
      return ofCaption(database, ref.captionId)
    case 'correction':
      return ofCorrection(database, ref.correctionId)
    default:
      return assertNever(ref)
  }
}

function ofModel(database: Database, model: ModelRecord): Neighbours {
  const all = listModels(database)
  const parent = all.find(({ id }) => id === model.parentId)
  const children = all.filter(({ parentId }) => parentId === model.id)
  return {
    from: [
      ...(parent === undefined ? [] : [{ how: 'fine-tuned from', node: modelNode(parent) }]),
      ...(model.snapshotId === null ? [] : [{ how: 'learned from', node: nodeOf(database, { kind: 'snapshot', snapshotId: model.snapshotId }) }]),
    ],
    ...listed([
      ...children.map((child) => ({ how: 'fine-tuned to', node: modelNode(child) })),
      ...listCases(database)
        .filter(({ modelId, verdict }) => modelId === model.id || verdict?.modelId === model.id)
        .map(({ id, modelId }) => ({
          how: modelId === model.id ? 'its weakness is followed in' : 'judged in',
          node: nodeOf(database, { kind: 'case', caseId: id }),
        })),
    ]),
  }
}

function ofSnapshot(database: Database, snapshotId: number): Neighbours {
  const cases = listCases(database).filter(({ id }) => casesSnapshots(database, id).includes(snapshotId))
  const corrections = database
    .prepare<[number], number>(
      `SELECT correction.id FROM snapshot_item JOIN correction ON correction.image_id = snapshot_item.image_id AND correction.text = snapshot_item.text
       WHERE snapshot_id = ? AND kind = 'correction' GROUP BY correction.image_id, correction.text ORDER BY max(correction.id) DESC LIMIT ${most}`,
    )
    .pluck()
    .all(snapshotId)
  return {
    from: [
      ...cases.map(({ id }) => ({ how: 'holds corrections of', node: nodeOf(database, { kind: 'case', caseId: id }) })),
      ...corrections.map((correctionId) => ({ how: 'holds', node: nodeOf(database, { kind: 'correction', correctionId }) })),
    ],
    ...listed(
      listModels(database)
        .filter((model) => model.snapshotId === snapshotId)
        .map((model) => ({ how: 'taught', node: modelNode(model) })),
    ),
  }
}

function ofCase(database: Database, caseId: number): Neighbours {
  const { modelId, verdict } = requireCase(database, caseId)
  return {
    from: [{ how: 'a weakness of', node: modelNode(getModel(database, modelId)) }],
    ...listed([
      ...casesSnapshots(database, caseId).map((snapshotId) => ({ how: 'its corrections are in', node: nodeOf(database, { kind: 'snapshot', snapshotId }) })),
      ...(verdict === null
        ? []
        : listModels(database)
            .filter(({ id }) => id === verdict.modelId)
            .map((model) => ({ how: 'closed by its verdict on', node: modelNode(model) }))),
    ]),
  }
}

function ofCaption(database: Database, captionId: number): Neighbours {
  const { modelId } = captionRow(database, captionId)
  const corrections = database.prepare<[number], number>('SELECT id FROM correction WHERE candidate_id = ? ORDER BY id DESC').pluck().all(captionId)
  return {
    from: [{ how: 'written by', node: modelNode(getModel(database, modelId)) }],
    ...listed(corrections.map((correctionId) => ({ how: 'corrected to', node: nodeOf(database, { kind: 'correction', correctionId }) }))),
  }
}

function ofCorrection(database: Database, correctionId: number): Neighbours {
  const { captionId } = correctionRow(database, correctionId)
  const snapshots = database
    .prepare<[number], number>(
      `SELECT DISTINCT snapshot_id FROM correction JOIN snapshot_item ON snapshot_item.image_id = correction.image_id AND snapshot_item.text = correction.text
       WHERE correction.id = ? AND kind = 'correction' ORDER BY snapshot_id`,
    )
    .pluck()
    .all(correctionId)
  return {
    from: captionId === null ? [] : [{ how: 'instead of', node: nodeOf(database, { kind: 'caption', captionId }) }],
    ...listed(snapshots.map((snapshotId) => ({ how: 'frozen in', node: nodeOf(database, { kind: 'snapshot', snapshotId }) }))),
  }
}

/** Snapshots with corrections of photos of the case's list, held out or not. */
function casesSnapshots(database: Database, caseId: number): number[] {
  return database
    .prepare<[number], number>(
      `SELECT DISTINCT snapshot_id FROM followed_case JOIN photo_list_item ON photo_list_item.list_id = followed_case.list_id
       JOIN snapshot_item ON snapshot_item.image_id = photo_list_item.image_id WHERE followed_case.id = ? AND kind = 'correction' ORDER BY snapshot_id`,
    )
    .pluck()
    .all(caseId)
}

function modelNode({ id, name, source, createdAt }: ModelRecord): LineageNode {
  const origin =
    source.kind === 'external'
      ? `captions of ${source.file}`
      : { shipped: 'shipped with Capstan', trained: 'trained here', imported: 'imported' }[source.origin]
  return { ref: { kind: 'model', modelId: id }, title: name, note: `${origin}, ${day(createdAt)}`, imageId: null }
}

interface CaptionRow {
  text: string
  imageId: number
  fileName: string
  modelId: string
  beam: number
  createdAt: string
}

/** @throws AppError `not-found` */
function captionRow(database: Database, captionId: number): CaptionRow {
  const row = prepared<[number], CaptionRow>(
    database,
    `SELECT text, image_id AS imageId, file_name AS fileName, model.id AS modelId, beam, caption.created_at AS createdAt
       FROM caption JOIN image ON image.id = image_id JOIN model ON model.number = model_number WHERE caption.id = ?`,
  ).get(captionId)
  return row ?? gone('That caption')
}

interface CorrectionRow {
  text: string
  imageId: number
  fileName: string
  author: string
  createdAt: string
  captionId: number | null
}

/** @throws AppError `not-found` */
function correctionRow(database: Database, correctionId: number): CorrectionRow {
  const row = prepared<[number], CorrectionRow>(
    database,
    `SELECT text, image_id AS imageId, file_name AS fileName, author, correction.created_at AS createdAt, candidate_id AS captionId
       FROM correction JOIN image ON image.id = image_id WHERE correction.id = ?`,
  ).get(correctionId)
  return row ?? gone('That correction')
}

function gone(what: string): never {
  throw new AppError('not-found', `${what} is no longer there.`, { kept: 'Everything else is.', todo: 'Choose another.' })
}

function listed(to: LineageEdge[]): Pick<Lineage, 'to' | 'more'> {
  return { to: to.slice(0, most), more: Math.max(0, to.length - most) }
}

const day = (time: string): string => time.slice(0, 10)
