/** The job queue: rows that survive every crash. */
import { z } from 'zod'
import type { Job, JobKind, JobState } from '#shared/jobs.ts'
import type { JobFailure } from '#shared/domain.ts'
import { AppError, errorReportSchema, type ErrorReport } from '#shared/errors.ts'
import { jobInputSchema, type JobInput } from '#shared/jobs.ts'
import type { Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'

interface JobRecord extends Omit<Job, 'error' | 'result'> {
  error: string | null
  result: string
}

const resultSchema = z.record(z.string(), z.union([z.string(), z.number()]))

const columns = `id, kind, title, state, done, total, unit, message, failures, attempts, error, result,
  created_at AS createdAt, started_at AS startedAt, ended_at AS endedAt`

function jobOf(record: JobRecord): Job {
  return {
    ...record,
    error: record.error === null ? null : storedJson(errorReportSchema, record.error),
    result: storedJson(resultSchema, record.result),
  }
}

export function createJob(database: Database, title: string, input: JobInput, time: string): Job {
  const { lastInsertRowid } = database
    .prepare("INSERT INTO job (kind, title, state, input, message, created_at) VALUES (?, ?, 'queued', ?, 'Waiting', ?)")
    .run(input.kind, title, JSON.stringify(input), time)
  return getJob(database, Number(lastInsertRowid))
}

/** @throws AppError `not-found` */
export function getJob(database: Database, jobId: number): Job {
  const record = database.prepare<[number], JobRecord>(`SELECT ${columns} FROM job WHERE id = ?`).get(jobId)
  if (!record) throw new AppError('not-found', `There is no job number ${jobId}.`, { todo: 'Reload the list of jobs.' })
  return jobOf(record)
}

export function getJobInput(database: Database, jobId: number): JobInput {
  const json = database.prepare<[number], string>('SELECT input FROM job WHERE id = ?').pluck().get(jobId)
  if (json === undefined) throw new AppError('not-found', `There is no job number ${jobId}.`)
  return storedJson(jobInputSchema, json)
}

/** All jobs, newest first. */
export function listJobs(database: Database): Job[] {
  return database.prepare<[], JobRecord>(`SELECT ${columns} FROM job ORDER BY id DESC`).all().map(jobOf)
}

/** Jobs of these kinds that wait, oldest first. */
export function queuedJobs(database: Database, kinds: readonly JobKind[]): number[] {
  return database
    .prepare<[string], number>("SELECT id FROM job WHERE state = 'queued' AND kind IN (SELECT value FROM json_each(?)) ORDER BY id")
    .pluck()
    .all(JSON.stringify(kinds))
}

/** Marks a queued job as running; null where it is not queued any more. */
export function claimJob(database: Database, jobId: number, time: string): Job | null {
  const work = database.transaction(() => {
    if (getJob(database, jobId).state !== 'queued') return null
    database
      .prepare(
        `UPDATE job SET state = 'running', attempts = attempts + 1, failures = 0, error = NULL, message = 'Starting',
           started_at = coalesce(started_at, ?), ended_at = NULL WHERE id = ?`,
      )
      .run(time, jobId)
    database.prepare('DELETE FROM job_failure WHERE job_id = ?').run(jobId)
    return getJob(database, jobId)
  })
  return work.immediate()
}

export interface JobPatch {
  state?: JobState
  done?: number
  total?: number
  unit?: string
  message?: string
  error?: ErrorReport | null
  /** Merged into what is there. */
  result?: Record<string, string | number>
}

const ended: readonly JobState[] = ['done', 'failed', 'cancelled']

/** Changes a job. Ending it sets its end; queueing it again clears the end and the error. */
export function updateJob(database: Database, jobId: number, patch: JobPatch, time: string): Job {
  const work = database.transaction(() => {
    const job = getJob(database, jobId)
    const queuedAgain = patch.state === 'queued' && job.state !== 'queued'
    const next = { ...job, ...patch, result: { ...job.result, ...patch.result } }
    if (queuedAgain) next.error = patch.error ?? null
    database
      .prepare(
        `UPDATE job SET state = @state, done = @done, total = @total, unit = @unit, message = @message, error = @error, result = @result,
           ended_at = @endedAt WHERE id = @id`,
      )
      .run({
        id: jobId,
        state: next.state,
        done: next.done,
        total: next.total,
        unit: next.unit,
        message: next.message,
        error: next.error === null ? null : JSON.stringify(next.error),
        result: JSON.stringify(next.result),
        endedAt: ended.includes(next.state) ? (job.endedAt ?? time) : null,
      })
    return getJob(database, jobId)
  })
  return work.immediate()
}

/** Jobs that ran when the app or its worker ended are queued again: they go on where their committed rows end. */
export function requeueInterrupted(database: Database): Job[] {
  const jobIds = database.prepare<[], number>("SELECT id FROM job WHERE state = 'running' ORDER BY id").pluck().all()
  database.prepare("UPDATE job SET state = 'queued', message = 'Interrupted; will go on' WHERE state = 'running'").run()
  return jobIds.map((jobId) => getJob(database, jobId))
}

/** Forgets ended jobs, except finished training runs: their curves belong to their models. */
export function clearFinishedJobs(database: Database): void {
  database.prepare("DELETE FROM job WHERE state IN ('done', 'failed', 'cancelled') AND NOT (kind = 'train' AND result ->> 'modelId' IS NOT NULL)").run()
}

/** Notes that one subject (an image, a file) could not be worked on; the job goes on. */
export function addFailure(database: Database, jobId: number, subject: string, reason: string): void {
  database.prepare('INSERT INTO job_failure (job_id, subject, reason) VALUES (?, ?, ?)').run(jobId, subject, reason)
  database.prepare('UPDATE job SET failures = failures + 1 WHERE id = ?').run(jobId)
}

export function jobFailures(database: Database, jobId: number, limit: number): JobFailure[] {
  return database.prepare<[number, number], JobFailure>('SELECT subject, reason FROM job_failure WHERE job_id = ? ORDER BY id LIMIT ?').all(jobId, limit)
}

/** Why the last captioning that tried this file left it out; null where none did. */
export function captioningFailure(database: Database, path: string): string | null {
  const reason = database
    .prepare<[string], string>(
      `SELECT reason FROM job_failure JOIN job ON job.id = job_id WHERE subject = ? AND kind IN ('caption', 'score') ORDER BY job_failure.id DESC LIMIT 1`,
    )
    .pluck()
    .get(path)
  return reason ?? null
}
