/** Models the workspace knows, which one is promoted, and how they scored. */
import { z } from 'zod'
import {
  evaluationProvenanceSchema,
  intervalsSchema,
  metricNames,
  type Evaluation,
  type EvaluationProvenance,
  type EvaluationSet,
  type FailureSummary,
  type Intervals,
  type ModelSource,
  type PromotionEvent,
  type Scores,
} from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'

export interface ModelRecord {
  id: string
  name: string
  source: ModelSource
  parentId: string | null
  snapshotId: number | null
  /** Empty of a model that is known by its captions alone. */
  folder: string
  documentFrequencyNumber: number | null
  createdAt: string
}

/** A model whose weights are here. */
export interface PackageRecord extends ModelRecord {
  source: Extract<ModelSource, { kind: 'package' }>
}

interface ModelRow extends Omit<ModelRecord, 'source'> {
  architecture: string
  parameters: number
  encoderId: string
  origin: 'shipped' | 'trained' | 'imported'
  family: string | null
  version: number
  note: string
  licence: string
  file: string
}

const selected = `SELECT id, name, architecture, parameters, encoder_id AS encoderId, parent_id AS parentId, snapshot_id AS snapshotId, origin, folder,
  document_frequency_number AS documentFrequencyNumber, created_at AS createdAt, family, version, note, licence, file
  FROM model LEFT JOIN external_model ON model_number = number`

function recordOf({ architecture, parameters, encoderId, origin, family, version, note, licence, file, ...record }: ModelRow): ModelRecord {
  const source: ModelSource =
    family === null ? { kind: 'package', architecture, parameters, encoderId, origin } : { kind: 'external', family, version, note, licence, file }
  return { ...record, source }
}

/** Adds a model or brings what is known of it up to date. Lineage that is known stays known. */
export function registerModel(database: Database, { source, ...model }: PackageRecord): void {
  database
    .prepare(
      `INSERT INTO model (id, name, architecture, parameters, encoder_id, parent_id, snapshot_id, origin, folder, document_frequency_number, created_at)
       VALUES (@id, @name, @architecture, @parameters, @encoderId, @parentId, @snapshotId, @origin, @folder, @documentFrequencyNumber, @createdAt)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, architecture = excluded.architecture, parameters = excluded.parameters,
         encoder_id = excluded.encoder_id, parent_id = coalesce(parent_id, excluded.parent_id),
         snapshot_id = coalesce(snapshot_id, excluded.snapshot_id), folder = excluded.folder,
         document_frequency_number = coalesce(excluded.document_frequency_number, document_frequency_number)`,
    )
    .run({ ...model, ...source })
}

/** Whether the table that came with a model is stored already. */
export function hasDocumentFrequency(database: Database, modelId: string): boolean {
  return database.prepare('SELECT 1 FROM model WHERE id = ? AND document_frequency_number IS NOT NULL').get(modelId) !== undefined
}

export function listModels(database: Database): ModelRecord[] {
  return database.prepare<[], ModelRow>(`${selected} ORDER BY number`).all().map(recordOf)
}

/** @throws AppError `not-found` */
export function getModel(database: Database, modelId: string): ModelRecord {
  const model = database.prepare<[string], ModelRow>(`${selected} WHERE id = ?`).get(modelId)
  if (!model) throw unknownModel(modelId)
  return recordOf(model)
}

/** A model whose weights are here. @throws AppError `not-found`; `unavailable` for one that is known by its captions alone */
export function getPackage(database: Database, modelId: string): PackageRecord {
  const model = getModel(database, modelId)
  const { source } = model
  if (source.kind === 'package') return { ...model, source }
  throw new AppError('unavailable', `Of the model “${model.name}” only captions are here, no weights.`, {
    kept: 'Nothing was changed.',
    todo: 'Choose a model of Capstan’s own.',
  })
}

/** The short number that captions and scores name a model by. @throws AppError `not-found` */
export function modelNumber(database: Database, modelId: string): number {
  const number = database.prepare<[string], number>('SELECT number FROM model WHERE id = ?').pluck().get(modelId)
  if (number === undefined) throw unknownModel(modelId)
  return number
}

function unknownModel(modelId: string): AppError {
  return new AppError('not-found', `This workspace knows no model “${modelId}”.`, { kept: 'Nothing was changed.', todo: 'Choose a model from the list.' })
}

/** The promoted model, or null before any. */
export function promotedModel(database: Database): { number: number; id: string } | null {
  const promoted = database
    .prepare<[], { number: number; id: string }>(
      'SELECT number, model.id FROM promotion JOIN model ON model.number = model_number ORDER BY promotion.id DESC LIMIT 1',
    )
    .get()
  return promoted ?? null
}

/** The model whose captions are in view: the one that is asked for, else the promoted one; null where there is neither. */
export function numberInView(database: Database, modelId: string | null): number | null {
  return modelId === null ? (promotedModel(database)?.number ?? null) : modelNumber(database, modelId)
}

/** Points the workspace at a model. @throws AppError `not-found` */
export function promoteModel(database: Database, modelId: string, author: string, time: string): void {
  getPackage(database, modelId)
  const number = modelNumber(database, modelId)
  const previous = promotedModel(database)
  if (previous?.number === number) return
  database
    .prepare('INSERT INTO promotion (model_number, previous_number, author, created_at) VALUES (?, ?, ?, ?)')
    .run(number, previous?.number ?? null, author, time)
}

/** All promotions, newest first. */
export function listPromotions(database: Database): PromotionEvent[] {
  return database
    .prepare<[], PromotionEvent>(
      `SELECT promotion.id, model.id AS modelId, model.name AS modelName, previous.id AS previousModelId, author, promotion.created_at AS createdAt
       FROM promotion JOIN model ON model.number = model_number LEFT JOIN model AS previous ON previous.number = previous_number
       ORDER BY promotion.id DESC`,
    )
    .all()
}

const scoresSchema = z.partialRecord(z.enum(metricNames), z.number())

interface EvaluationRecord extends Omit<Evaluation, 'scores' | 'provenance' | 'intervals'> {
  scores: string
  provenance: string | null
  intervals: string | null
}

/** All evaluations, newest first. */
export function listEvaluations(database: Database): Evaluation[] {
  return database
    .prepare<[], EvaluationRecord>(
      `SELECT evaluation.id, model.id AS modelId, image_set AS "set", evaluation.images, scores, beam, provenance, intervals,
         document_frequency.id AS documentFrequencyId, document_frequency.images AS documentFrequencyImages, evaluation.created_at AS createdAt
       FROM evaluation JOIN model ON model.number = model_number
       JOIN document_frequency ON document_frequency.number = evaluation.document_frequency_number ORDER BY evaluation.id DESC`,
    )
    .all()
    .map(({ provenance, intervals, ...record }) => ({
      ...record,
      scores: parseScores(record.scores),
      ...(provenance === null ? {} : { provenance: storedJson(evaluationProvenanceSchema, provenance) }),
      ...(intervals === null ? {} : { intervals: storedJson(intervalsSchema, intervals) }),
    }))
}

export function parseScores(json: string): Scores {
  return storedJson(scoresSchema, json)
}

export interface NewEvaluation {
  modelNumber: number
  set: EvaluationSet
  images: number
  scores: Scores
  beam: number
  documentFrequencyNumber: number
  provenance?: EvaluationProvenance
  failures?: FailureSummary
  intervals?: Intervals
}

export function insertEvaluation(database: Database, evaluation: NewEvaluation, time: string): void {
  database
    .prepare(
      `INSERT INTO evaluation (model_number, image_set, images, scores, beam, document_frequency_number, provenance, failures, intervals, created_at)
       VALUES (@modelNumber, @set, @images, @scores, @beam, @documentFrequencyNumber, @provenance, @failures, @intervals, @time)`,
    )
    .run({
      ...evaluation,
      scores: JSON.stringify(evaluation.scores),
      provenance: evaluation.provenance === undefined ? null : JSON.stringify(evaluation.provenance),
      intervals: evaluation.intervals === undefined ? null : JSON.stringify(evaluation.intervals),
      failures: evaluation.failures === undefined ? null : JSON.stringify(evaluation.failures),
      time,
    })
}

/** The last evaluation of each set, of one model. */
export function latestEvaluations(evaluations: readonly Evaluation[], modelId: string): Evaluation[] {
  const bySet = new Map<EvaluationSet, Evaluation>()
  for (const evaluation of evaluations) if (evaluation.modelId === modelId && !bySet.has(evaluation.set)) bySet.set(evaluation.set, evaluation)
  return [...bySet.values()]
}
