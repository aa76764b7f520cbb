/** Training curves. Points and samples are keyed by step, so that a resumed run writes over what it repeats. */
import { z } from 'zod'
import type { TrainingCurve, TrainingPoint, TrainingSample } from '#shared/domain.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'
import { parseScores } from './models.ts'

const captionsSchema = z.array(z.object({ imageId: z.number(), text: z.string() }))

export function writeTrainingPoints(database: Database, jobId: number, totalSteps: number, points: readonly TrainingPoint[]): void {
  database.prepare('UPDATE job SET training_steps = ? WHERE id = ?').run(totalSteps, jobId)
  const insert = database.prepare(
    `INSERT OR REPLACE INTO training_point (job_id, step, epoch, loss, learning_rate, speed)
     VALUES (@jobId, @step, @epoch, @loss, @learningRate, @speed)`,
  )
  for (const point of points) insert.run({ jobId, ...point })
}

export function writeTrainingSample(database: Database, jobId: number, { step, epoch, scores, captions }: TrainingSample): void {
  database
    .prepare('INSERT OR REPLACE INTO training_sample (job_id, step, epoch, scores, captions) VALUES (?, ?, ?, ?, ?)')
    .run(jobId, step, epoch, JSON.stringify(scores), JSON.stringify(captions))
}

export function trainingCurve(database: Database, jobId: number): TrainingCurve {
  return {
    jobId,
    totalSteps: database.prepare<[number], number>('SELECT training_steps FROM job WHERE id = ?').pluck().get(jobId) ?? 0,
    points: database
      .prepare<[number], TrainingPoint>('SELECT step, epoch, loss, learning_rate AS learningRate, speed FROM training_point WHERE job_id = ? ORDER BY step')
      .all(jobId),
    samples: database
      .prepare<[number], { step: number; epoch: number; scores: string; captions: string }>(
        'SELECT step, epoch, scores, captions FROM training_sample WHERE job_id = ? ORDER BY step',
      )
      .all(jobId)
      .map(({ step, epoch, scores, captions }) => ({ step, epoch, scores: parseScores(scores), captions: storedJson(captionsSchema, captions) })),
  }
}
