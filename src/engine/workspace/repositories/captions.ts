/** Candidates: what models say of images. */
import { z } from 'zod'
import type { Candidate, Scores } from '#shared/domain.ts'
import type { CaptionRow } from '#shared/jobs.ts'
import { prepared, type Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'

interface CaptionRecord {
  id: number
  modelId: string
  modelName: string
  rank: number
  text: string
  logProbability: number | null
  tokenLogProbabilities: string | null
  beam: number
  createdAt: string
}

const numbersSchema = z.array(z.number())

/** The candidates of an image, grouped by model (the promoted one first), best first, with their scores against the references. */
export function imageCandidates(database: Database, imageId: number, firstModelId: string | null): Candidate[] {
  const records = database
    .prepare<[number, string | null], CaptionRecord>(
      `SELECT caption.id, model.id AS modelId, model.name AS modelName, rank, text, log_probability AS logProbability,
         token_log_probabilities AS tokenLogProbabilities, beam, caption.created_at AS createdAt
       FROM caption JOIN model ON model.number = caption.model_number
       WHERE image_id = ? AND superseded = 0 ORDER BY model.id IS NOT ?, model.number DESC, rank`,
    )
    .all(imageId, firstModelId)
  const scores = captionScores(database, imageId)
  return records.map((record) => ({
    ...record,
    tokenLogProbabilities: record.tokenLogProbabilities === null ? null : storedJson(numbersSchema, record.tokenLogProbabilities),
    scores: scores.get(record.id) ?? {},
  }))
}

function captionScores(database: Database, imageId: number): Map<number, Scores> {
  const scores = new Map<number, Scores>()
  const rows = database
    .prepare<[number], { captionId: number; metric: keyof Scores; value: number }>(
      "SELECT caption_id AS captionId, metric, value FROM score WHERE image_id = ? AND reference_set = 'references'",
    )
    .all(imageId)
  for (const { captionId, metric, value } of rows) scores.set(captionId, { ...scores.get(captionId), [metric]: value })
  return scores
}

/** A candidate by its id, also a superseded one. */
export function findCaption(database: Database, captionId: number): { id: number; imageId: number; text: string } | undefined {
  return database
    .prepare<[number], { id: number; imageId: number; text: string }>('SELECT id, image_id AS imageId, text FROM caption WHERE id = ?')
    .get(captionId)
}

/** The candidate of an image with these words, the newest where several models say them. */
export function candidateByText(database: Database, imageId: number, text: string): number | undefined {
  return prepared<[number, string], number>(database, 'SELECT id FROM caption WHERE image_id = ? AND text = ? ORDER BY superseded, id DESC LIMIT 1')
    .pluck()
    .get(imageId, text)
}

/** Candidates of an image as they are written: a model's own, or another captioner's, of which only the text may be known. */
export interface NewCandidates extends Pick<CaptionRow, 'imageId' | 'beam'> {
  candidates: { text: string; logProbability: number | null; tokenLogProbabilities: number[] | null }[]
}

/** Puts new candidates in place of the model's earlier ones. Those that a review or correction names stay as superseded. */
export function replaceCandidates(database: Database, row: NewCandidates, modelNumber: number, time: string): void {
  prepared<[number, number]>(database, 'UPDATE caption SET superseded = 1 WHERE image_id = ? AND model_number = ? AND superseded = 0').run(
    row.imageId,
    modelNumber,
  )
  prepared<[number, number]>(database, 'DELETE FROM score WHERE caption_id IN (SELECT id FROM caption WHERE image_id = ? AND model_number = ?)').run(
    row.imageId,
    modelNumber,
  )
  prepared<[number, number]>(
    database,
    `DELETE FROM caption WHERE image_id = ? AND model_number = ? AND superseded = 1
         AND NOT EXISTS (SELECT 1 FROM review WHERE candidate_id = caption.id)
         AND NOT EXISTS (SELECT 1 FROM correction WHERE candidate_id = caption.id)
         AND NOT EXISTS (SELECT 1 FROM action_change WHERE action_change.image_id = caption.image_id
           AND caption.id IN (before ->> 'candidateId', after ->> 'candidateId'))`,
  ).run(row.imageId, modelNumber)
  const insert = prepared<[number, number, number, number, string, number | null, string | null, string]>(
    database,
    `INSERT INTO caption (image_id, model_number, rank, beam, text, log_probability, token_log_probabilities, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  row.candidates.forEach(({ text, logProbability, tokenLogProbabilities }, rank) => {
    const tokens = tokenLogProbabilities === null ? null : JSON.stringify(tokenLogProbabilities)
    insert.run(row.imageId, modelNumber, rank, row.beam, text, logProbability, tokens, time)
  })
}

/** Which of some images a model has captioned already, with a beam where one is asked for. */
export function captionedImages(database: Database, imageIds: readonly number[], modelNumber: number, beam: number | null = null): Set<number> {
  return new Set(
    database
      .prepare<[string, number, number | null], number>(
        `SELECT image_id FROM json_each(?) AS wanted JOIN caption ON caption.image_id = wanted.value
         WHERE model_number = ? AND rank = 0 AND superseded = 0 AND beam = coalesce(?, beam)`,
      )
      .pluck()
      .all(JSON.stringify(imageIds), modelNumber, beam),
  )
}

/** The best candidates of a model for some images. */
export function bestCaptions(database: Database, imageIds: readonly number[], modelNumber: number): Map<number, { id: number; text: string }> {
  const rows = database
    .prepare<[string, number], { imageId: number; id: number; text: string }>(
      `SELECT image_id AS imageId, caption.id, text FROM json_each(?) AS wanted JOIN caption ON caption.image_id = wanted.value
       WHERE model_number = ? AND rank = 0 AND superseded = 0 ORDER BY wanted.key`,
    )
    .all(JSON.stringify(imageIds), modelNumber)
  return new Map(rows.map(({ imageId, id, text }) => [imageId, { id, text }]))
}

/** With which beams a model's standing captions of some images were made. */
export function captionBeams(database: Database, modelId: string, imageIds: readonly number[]): number[] {
  return database
    .prepare<[string, string], number>(
      `SELECT DISTINCT beam FROM json_each(?) AS wanted JOIN caption ON image_id = wanted.value
       WHERE model_number = (SELECT number FROM model WHERE id = ?) AND rank = 0 AND superseded = 0 ORDER BY beam`,
    )
    .pluck()
    .all(JSON.stringify(imageIds), modelId)
}
