/** The queue as the runner sees it: claim, change, list. Every change is told to the owner. */
import { toReport } from '#shared/errors.ts'
import { jobKinds, type Job, type JobKind } from '#shared/jobs.ts'
import type { JobFailure } from '#shared/domain.ts'
import type { JobInput } from '#shared/jobs.ts'
import type { Database } from './storage/database.ts'
import type { WorkspaceEvent } from './events.ts'
import { clearStaging } from './import/staging.ts'
import { effectsOf } from './job-effects.ts'
import type { Seals } from './seals.ts'
import {
  claimJob,
  createJob,
  getJob,
  getJobInput,
  jobFailures,
  listJobs,
  queuedJobs,
  requeueInterrupted,
  updateJob,
  type JobPatch,
} from './repositories/jobs.ts'

export interface ClaimedJob {
  job: Job
  input: JobInput
  /** Folders of photos that nobody here chose: the job reads none of them. */
  foreignRoots: string[]
}

export interface JobQueue {
  /** Takes the oldest queued job of the given kinds (all unless told) and marks it as running; null when none waits. */
  claimNext(kinds?: readonly JobKind[]): ClaimedJob | null
  /** The queued jobs of these kinds, oldest first. */
  waiting(kinds: readonly JobKind[]): number[]
  /** Takes one queued job; null when it is not queued. */
  claim(jobId: number): ClaimedJob | null
  update(jobId: number, patch: JobPatch): Job
  get(jobId: number): Job
  list(): Job[]
  enqueue(title: string, input: JobInput): Job
  /** The person says that a job which was queued elsewhere may run as it is. */
  approve(jobId: number): void
  /** Queues again what ran when the app ended, as far as it was queued here. Called once, when the runner starts. */
  requeueInterrupted(): Job[]
  /** The first subjects that a job could not work on, and why. */
  failures(jobId: number, limit?: number): JobFailure[]
}

const mostFailuresTold = 200

export function openJobQueue(database: Database, seals: Seals, now: () => string, notify: (event: WorkspaceEvent) => void): JobQueue {
  const told = (job: Job): Job => {
    notify({ kind: 'job', job })
    return job
  }
  const claimed = (job: Job | null): ClaimedJob | null => {
    if (job === null) return null
    if (job.kind === 'import') clearStaging(database, job.id)
    return { job: told(job), input: getJobInput(database, job.id), foreignRoots: seals.foreignRoots() }
  }
  /** Nobody here asked for what it does: it waits, and says what that is. */
  const hold = (jobId: number, origin: 'Queued' | 'Begun' = 'Queued'): Job => {
    try {
      const message = `${origin} elsewhere, not by you on this computer: it waits until you let it go on. ${effectsOf(getJobInput(database, jobId))}`
      return told(updateJob(database, jobId, { state: 'paused', message, error: null }, now()))
    } catch (error) {
      // A row that nobody can read keeps no workspace from opening.
      const report = toReport(error)
      return told(updateJob(database, jobId, { state: 'failed', message: report.happened, error: report }, now()))
    }
  }
  for (const { id, state } of listJobs(database)) if ((state === 'queued' || state === 'running' || state === 'paused') && !seals.isJobSealed(id)) hold(id)
  const claimOwn = (queued: readonly number[]): ClaimedJob | null => {
    for (const jobId of queued) {
      if (seals.isJobSealed(jobId)) return claimed(claimJob(database, jobId, now()))
      hold(jobId) // an ended one that was queued again
    }
    return null
  }
  return {
    claimNext: (kinds = jobKinds) => claimOwn(queuedJobs(database, kinds)),
    waiting: (kinds) => queuedJobs(database, kinds),
    claim: (jobId) => claimOwn(queuedJobs(database, jobKinds).filter((queued) => queued === jobId)),
    approve: (jobId) => {
      const input = getJobInput(database, jobId)
      if (input.kind === 'experiment') seals.sealExperiment(input.experiment)
      seals.sealJob(jobId)
    },
    update: (jobId, patch) => {
      // What an import that came to nothing had staged is nobody's.
      if (patch.state === 'cancelled' || patch.state === 'failed') clearStaging(database, jobId)
      return told(updateJob(database, jobId, patch, now()))
    },
    get: (jobId) => getJob(database, jobId),
    list: () => listJobs(database),
    enqueue: (title, input) => {
      const job = createJob(database, title, input, now())
      if (input.kind === 'experiment') {
        if (input.start !== null) seals.sealExperiment(input.experiment)
        // What it goes on with was planned by somebody else.
        else if (!seals.isExperimentSealed(input.experiment)) return hold(job.id, 'Begun')
      }
      seals.sealJob(job.id)
      return told(job)
    },
    requeueInterrupted: () => requeueInterrupted(database).map(told),
    failures: (jobId, limit = mostFailuresTold) => jobFailures(database, jobId, limit),
  }
}
