/** A job table in memory with the rules of the real one: oldest first, attempts counted when claimed. */
import type { Job } from '#shared/jobs.ts'
import type { JobBatch, JobInput } from '#shared/jobs.ts'
import type { JobQueue } from '../../src/main/jobs/job-runner.ts'

export interface MemoryQueue extends JobQueue {
  jobs: Map<number, Job>
  batches: { jobId: number; batch: JobBatch }[]
  add(file: string, state?: Job['state']): number
}

export function memoryQueue(): MemoryQueue {
  const jobs = new Map<number, Job>()
  const inputs = new Map<number, JobInput>()
  const batches: MemoryQueue['batches'] = []
  const get = (jobId: number): Job => {
    const job = jobs.get(jobId)
    if (job === undefined) throw new Error(`no job ${jobId}`)
    return job
  }
  const change = (jobId: number, how: Partial<Job>): Job => {
    const job = { ...get(jobId), ...how }
    jobs.set(jobId, job)
    return job
  }
  return {
    jobs,
    batches,
    add: (file, state = 'queued') => {
      const id = jobs.size + 1
      inputs.set(id, { kind: 'export', what: 'reviewed', modelId: null, set: 'all', scope: {}, snapshotId: null, details: [], file, replace: false })
      jobs.set(id, {
        id,
        kind: 'export',
        title: file,
        state,
        done: 0,
        total: 0,
        unit: '',
        message: '',
        failures: 0,
        attempts: 0,
        error: null,
        result: {},
        createdAt: '',
        startedAt: null,
        endedAt: null,
      })
      return id
    },
    claim: (kinds) => {
      const job = [...jobs.values()].find((candidate) => candidate.state === 'queued' && kinds.includes(candidate.kind))
      const input = job === undefined ? undefined : inputs.get(job.id)
      if (job === undefined || input === undefined) return Promise.resolve(null)
      return Promise.resolve({ job: change(job.id, { state: 'running', attempts: job.attempts + 1 }), input, foreignRoots: [] })
    },
    waiting: (kinds) => Promise.resolve([...jobs.values()].filter(({ state, kind }) => state === 'queued' && kinds.includes(kind)).map(({ id }) => id)),
    approve: () => Promise.resolve(),
    get: (jobId) => Promise.resolve(get(jobId)),
    update: (jobId, how) => Promise.resolve(change(jobId, how)),
    requeueInterrupted: () => {
      for (const job of jobs.values()) if (job.state === 'running') change(job.id, { state: 'queued' })
      return Promise.resolve()
    },
    commit: (jobId, batch) => {
      batches.push({ jobId, batch })
      return Promise.resolve()
    },
  }
}
