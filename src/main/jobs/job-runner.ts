/**
 * Runs the queue: claims the next job of a free lane, starts a worker process for it, relays its progress and its batches, and records how it
 * ended. A crash is retried once at a lower setting (`attempt` 2); three crashes in a row of one lane stop the lane until a person retries.
 */
import { z } from 'zod'
import type { Job, JobKind, JobState } from '#shared/jobs.ts'
import { AppError, assertNever, toReport } from '#shared/errors.ts'
import { logError, logReport } from '#engine/log/log.ts'
import type { JobBatch, JobEnvironment } from '#shared/jobs.ts'
import type { ClaimedJob } from '#engine/workspace/job-queue.ts'
import { cancelledMessage, jobBatchSchema, jobProgressSchema, writtenAtOnce, kindsOf, laneOf, lanes, printQuestionSchema, type Lane } from '#shared/jobs.ts'
import { createBreaker, type Breaker } from '../processes/breaker.ts'
import type { Worker, WorkerOptions } from '../processes/worker-host.ts'
import type { JobChange } from '../workspace/workspace-protocol.ts'

/** The job table, which the workspace process keeps. */
export interface JobQueue {
  /** The oldest queued job of these kinds, now running, its attempt counted; null when there is none. */
  claim(kinds: readonly JobKind[]): Promise<ClaimedJob | null>
  /** The queued jobs of these kinds, oldest first. */
  waiting(kinds: readonly JobKind[]): Promise<number[]>
  get(jobId: number): Promise<Job>
  /** The person lets a job run that was queued elsewhere. */
  approve(jobId: number): Promise<void>
  update(jobId: number, change: JobChange): Promise<Job>
  /** Puts jobs that an ended app left running back into the queue. */
  requeueInterrupted(): Promise<void>
  /** Resolves when the batch is committed. */
  commit(jobId: number, batch: JobBatch): Promise<void>
}

export interface JobRunnerOptions {
  queue: JobQueue
  environment(): Omit<JobEnvironment, 'jobId' | 'attempt' | 'foreignRoots'>
  start(kind: JobKind, options: Omit<WorkerOptions, 'fork' | 'name'>): Promise<Worker>
  onJob(job: Job): void
  /** Prints a page that a job wrote as PDF into a file. */
  print(page: string, file: string): Promise<void>
  onExecuted(provider: string, device: string): void
  /** Jobs ended, and none runs or waits. */
  onIdle(): void
}

export interface JobRunner {
  /** Looks for work; called when the workspace opens. */
  wake(): void
  pause(jobId: number): Promise<Job>
  resume(jobId: number): Promise<Job>
  cancel(jobId: number, keep: boolean): Promise<Job>
  retry(jobId: number): Promise<Job>
  /** The job's row changed in the workspace: it was queued, a failure was counted, a result noted. A queued job starts by itself. */
  changed(job: Job): void
  /** How far the workspace is with writing what a job sent. */
  written(jobId: number, progress: { done: number; total: number }): void
  /** Ends all workers; their jobs go on when the workspace is opened again. */
  stop(): Promise<void>
}

/** What a job's worker sends besides its result. */
export const jobEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), progress: jobProgressSchema }),
  z.object({ type: z.literal('executed'), provider: z.string(), device: z.string() }),
])
const jobResultSchema = z.record(z.string(), z.union([z.string(), z.number()]))

interface RunningJob {
  job: Job
  worker: Worker | undefined
  cancel: AbortController
  /** Its end is being written. */
  ending: boolean
  /** What it brings is being written, all at once. */
  committing: boolean
  finished: Promise<void>
}

const savedEvery = 2000 // milliseconds between progress updates of the job's row
const toldEvery = 100

/** Starts with the jobs that were interrupted, then serves the queue until `stop`. */
export function createJobRunner(options: JobRunnerOptions): JobRunner {
  const { queue } = options
  const running = new Map<Lane, RunningJob>()
  const breakers: Record<Lane, Breaker> = {
    files: createBreaker(),
    inference: createBreaker(),
    training: createBreaker(),
    experiments: createBreaker(),
    cluster: createBreaker(),
  }
  const claiming = new Set<Lane>()
  /** Ends that could not be written (the disk is full, for one): written before a lane is served again. */
  const unwritten = new Map<number, JobChange>()
  /** Jobs that a stopped lane holds back: paused, until a person starts one of the lane. */
  const heldBack = new Map<number, Lane>()
  let stopped = false
  /** A job ran since `onIdle` was last called. */
  let worked = false
  const ready = queue.requeueInterrupted()

  const wake = (): void => {
    for (const lane of lanes) void serveLane(lane).catch((error: unknown) => logError(`Lane ${lane}`, error))
  }

  const serveLane = async (lane: Lane): Promise<void> => {
    await ready
    if (stopped || running.has(lane) || claiming.has(lane)) return
    claiming.add(lane)
    try {
      await writeEnds()
      if (breakers[lane].open) {
        await holdBack(lane)
        return
      }
      const claimed = await queue.claim(kindsOf(lane))
      if (claimed === null) return
      const entry: RunningJob = {
        job: claimed.job,
        worker: undefined,
        cancel: new AbortController(),
        ending: false,
        committing: false,
        finished: Promise.resolve(),
      }
      running.set(lane, entry)
      options.onJob(claimed.job)
      entry.finished = runJob(lane, entry, claimed)
    } finally {
      claiming.delete(lane)
      if (worked && !stopped && running.size + claiming.size === 0) {
        worked = false
        options.onIdle()
      }
    }
  }

  /** Each job that waits in a stopped lane says why, and offers to start it again where it waits. */
  const holdBack = async (lane: Lane): Promise<void> => {
    for (const jobId of await queue.waiting(kindsOf(lane))) {
      heldBack.set(jobId, lane)
      const { attempts } = await queue.get(jobId)
      const begun = attempts === 0 ? '' : 'It is tried once more with less load. '
      await setState(jobId, 'paused', `Held back: three in a row crashed. ${begun}Go on starts this kind of work again.`)
    }
  }

  /** A person starts a stopped lane again: what else it held back waits its turn. */
  const restart = async (lane: Lane): Promise<void> => {
    breakers[lane].reset()
    for (const [jobId, held] of heldBack) {
      if (held !== lane) continue
      heldBack.delete(jobId)
      if ((await queue.get(jobId)).state === 'paused') await setState(jobId, 'queued', 'Waiting.')
    }
  }

  const runJob = async (lane: Lane, entry: RunningJob, { input, foreignRoots }: ClaimedJob): Promise<void> => {
    const { job } = entry
    const progress = createProgress(entry)
    try {
      const worker = await options.start(job.kind, {
        onEvent: (event) => {
          const parsed = jobEventSchema.parse(event)
          if (parsed.type === 'progress') progress.tell(parsed.progress)
          else options.onExecuted(parsed.provider, parsed.device)
        },
        onAsk: (question) => {
          const print = printQuestionSchema.safeParse(question)
          return print.success ? options.print(print.data.page, print.data.file) : commit(entry, jobBatchSchema.parse(question))
        },
      })
      entry.worker = worker
      // what was asked while the process was starting
      if (stopped) {
        await worker.stop()
        return
      }
      worker.pause(entry.job.state === 'paused')
      const environment: JobEnvironment = { ...options.environment(), jobId: job.id, attempt: job.attempts, foreignRoots }
      const result = await worker
        .request('run', { input, environment }, jobResultSchema, { signal: entry.cancel.signal, cancelWithin: 120_000, silentWithin: 10_000 })
        .finally(() => worker.stop())
      breakers[lane].succeeded()
      // What gave a result in spite of being cancelled was through already; only training ends early with something whole.
      const early = entry.cancel.signal.aborted && job.kind === 'train'
      await finish(entry, { state: early ? 'cancelled' : 'done', result, error: null, ...(early ? { message: 'Stopped; what was finished is kept.' } : {}) })
    } catch (error) {
      if (stopped) return
      const report = toReport(error)
      if (report.code !== 'cancelled') logReport(`Job ${job.id} (${job.kind})`, error)
      await fail(lane, entry, report)
    } finally {
      progress.end()
      running.delete(lane)
      worked = true
      if (!stopped) wake()
    }
  }

  const commit = async (entry: RunningJob, batch: JobBatch): Promise<void> => {
    const atOnce = writtenAtOnce.has(batch.kind)
    if (atOnce && entry.cancel.signal.aborted) throw new AppError('cancelled', 'The work was cancelled before it was written.')
    entry.committing = atOnce
    await queue.commit(entry.job.id, batch).finally(() => (entry.committing = false))
  }

  const fail = async (lane: Lane, entry: RunningJob, error: ReturnType<typeof toReport>): Promise<void> => {
    if (entry.cancel.signal.aborted) {
      await finish(entry, { state: 'cancelled', message: cancelledMessage(entry.job.kind, true), error: null })
      return
    }
    if (error.code !== 'crashed') {
      await finish(entry, { state: 'failed', message: error.happened, error })
      return
    }
    breakers[lane].crashed()
    const stands = breakers[lane].open ? ' After three crashes in a row nothing of this kind is started until you say so at one of its jobs.' : ''
    if (entry.job.attempts < 2) await finish(entry, { state: 'queued', message: `${error.happened} It is tried once more with less load.` })
    else await finish(entry, { state: 'failed', message: error.happened, error: { ...error, todo: `${error.todo}${stands}` } })
  }

  const finish = async (entry: RunningJob, change: JobChange): Promise<void> => {
    entry.ending = true
    const { id, done, total, unit, message } = entry.job
    const end = { done, total, unit, message, ...change }
    try {
      entry.job = await queue.update(id, end)
    } catch (cause) {
      const error = toReport(cause)
      unwritten.set(id, end)
      entry.job = { ...entry.job, state: 'failed', message: `How it ended could not be written: ${error.happened}`, error }
    }
    options.onJob(entry.job)
  }

  /** @throws what the table says while it cannot be written */
  const writeEnds = async (): Promise<void> => {
    for (const [jobId, end] of unwritten) {
      const job = await queue.update(jobId, end)
      unwritten.delete(jobId)
      options.onJob(job)
    }
  }

  /** Tells the window often and the job's row now and then. */
  const createProgress = (entry: RunningJob) => {
    let told = 0
    let saved = Date.now()
    let ended = false
    return {
      tell: (progress: z.infer<typeof jobProgressSchema>): void => {
        if (ended) return
        entry.job = { ...entry.job, ...progress }
        const now = Date.now()
        if (now - told >= toldEvery) {
          told = now
          options.onJob(entry.job)
        }
        if (now - saved >= savedEvery) {
          saved = now
          void queue.update(entry.job.id, progress).catch((error: unknown) => logError('Progress was not saved', error))
        }
      },
      end: (): void => void (ended = true),
    }
  }

  const find = (jobId: number): RunningJob | undefined => [...running.values()].find((entry) => entry.job.id === jobId)

  const setState = async (jobId: number, state: JobState, message: string): Promise<Job> => {
    const job = await queue.update(jobId, { state, message })
    const entry = find(jobId)
    if (entry !== undefined) entry.job = job
    options.onJob(job)
    return job
  }

  const pause = async (jobId: number): Promise<Job> => {
    const ending = find(jobId)
    if (ending?.ending === true) await ending.finished
    const job = find(jobId)?.job ?? (await queue.get(jobId))
    if (job.state !== 'running' && job.state !== 'queued') throw refused(job, 'paused')
    find(jobId)?.worker?.pause(true)
    return setState(jobId, 'paused', 'Paused.')
  }

  const resume = async (jobId: number): Promise<Job> => {
    const entry = find(jobId)
    const job = entry?.job ?? (await queue.get(jobId))
    if (job.state !== 'paused') throw refused(job, 'resumed')
    entry?.worker?.pause(false)
    if (entry === undefined) await queue.approve(jobId)
    if (heldBack.delete(jobId)) await restart(laneOf(job.kind))
    const resumed = await setState(jobId, entry === undefined ? 'queued' : 'running', entry === undefined ? 'Waiting.' : 'Goes on.')
    wake()
    return resumed
  }

  const cancel = async (jobId: number, keep: boolean): Promise<Job> => {
    const entry = find(jobId)
    if (entry !== undefined) {
      if (entry.committing) throw beingWritten(entry.job)
      entry.cancel.abort(keep ? 'keep' : 'cancel')
      entry.worker?.pause(false)
      await entry.finished
      return queue.get(jobId)
    }
    const job = await queue.get(jobId)
    switch (job.state) {
      case 'queued':
      case 'paused':
      case 'running':
        return setState(jobId, 'cancelled', cancelledMessage(job.kind, job.attempts > 0))
      case 'done':
      case 'failed':
      case 'cancelled':
        throw refused(job, 'cancelled')
      default:
        return assertNever(job.state)
    }
  }

  const retry = async (jobId: number): Promise<Job> => {
    const job = await queue.get(jobId)
    if (job.state !== 'failed' && job.state !== 'cancelled' && !heldBack.delete(jobId)) throw refused(job, 'retried')
    await restart(laneOf(job.kind))
    const queued = await queue.update(jobId, { state: 'queued', message: 'Waiting.', error: null })
    options.onJob(queued)
    wake()
    return queued
  }

  /** A running job's progress is newer here than in its row. */
  const changed = (job: Job): void => {
    if (job.state === 'queued') wake()
    const entry = find(job.id)
    if (entry === undefined || job.state !== 'running') {
      options.onJob(job)
      return
    }
    const { done, total, unit, message } = entry.job
    entry.job = { ...job, done, total, unit, message }
    options.onJob(entry.job)
  }

  const written = (jobId: number, { done, total }: { done: number; total: number }): void => {
    const entry = find(jobId)
    if (entry === undefined || entry.ending) return
    entry.job = { ...entry.job, done, total, unit: 'images', message: 'Writing' }
    options.onJob(entry.job)
  }

  const stop = async (): Promise<void> => {
    stopped = true
    await Promise.all([...running.values()].map(async (entry) => entry.worker?.stop()))
  }

  return { wake, pause, resume, cancel, retry, changed, written, stop }
}

function beingWritten({ title }: Job): AppError {
  return new AppError('conflict', `What “${title}” brings is being written, all at once, and cannot be cancelled any more.`, {
    kept: 'It is there as a whole in a moment.',
    todo: 'Wait until the job is done. What an import brought can be taken back in the Library.',
  })
}

function refused(job: Job, what: string): AppError {
  return new AppError('conflict', `The job "${job.title}" is ${job.state} and cannot be ${what}.`)
}
