/** The queue as the runner sees it: claim, change, list. Every change is told to the owner. */
import { jobKinds, type Job, type JobKind } from '#shared/jobs.ts'
import type { JobFailure } from '#shared/domain.ts'
import type { JobInput } from '#shared/jobs.ts'
import type { Database } from './storage/database.ts'
import type { WorkspaceEvent } from './events.ts'
import { clearStaging } from './import/staging.ts'
import { claimJob, createJob, getJob, getJobInput, jobFailures, listJobs, requeueInterrupted, updateJob, type JobPatch } from './repositories/jobs.ts'

export interface ClaimedJob {
  job: Job
  input: JobInput
}

export interface JobQueue {
  /** Takes the oldest queued job of the given kinds (all unless told) and marks it as running; null when none waits. */
  claimNext(kinds?: readonly JobKind[]): ClaimedJob | null
  /** Takes one queued job; null when it is not queued. */
  claim(jobId: number): ClaimedJob | null
  update(jobId: number, patch: JobPatch): Job
  get(jobId: number): Job
  list(): Job[]
  enqueue(title: string, input: JobInput): Job
  /** Queues again what ran when the app ended. Called once, when the runner starts. */
  requeueInterrupted(): Job[]
  /** The first subjects that a job could not work on, and why. */
  failures(jobId: number, limit?: number): JobFailure[]
}

const mostFailuresTold = 200

export function openJobQueue(database: Database, now: () => string, notify: (event: WorkspaceEvent) => void): JobQueue {
  const told = (job: Job): Job => {
    notify({ kind: 'job', job })
    return job
  }
  const claimed = (job: Job | null): ClaimedJob | null => {
    if (job === null) return null
    if (job.kind === 'import') clearStaging(database, job.id)
    return { job: told(job), input: getJobInput(database, job.id) }
  }
  return {
    claimNext: (kinds = jobKinds) => claimed(claimJob(database, { kinds }, now())),
    claim: (jobId) => claimed(claimJob(database, { jobId }, now())),
    update: (jobId, patch) => told(updateJob(database, jobId, patch, now())),
    get: (jobId) => getJob(database, jobId),
    list: () => listJobs(database),
    enqueue: (title, input) => told(createJob(database, title, input, now())),
    requeueInterrupted: () => requeueInterrupted(database).map(told),
    failures: (jobId, limit = mostFailuresTold) => jobFailures(database, jobId, limit),
  }
}
