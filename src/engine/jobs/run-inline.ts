/** Runs queued jobs in this process, against a service that is open here: the CLI and tests. */
import { availableParallelism } from 'node:os'
import type { Provider } from '#shared/domain.ts'
import { AppError, sentence, toReport } from '#shared/errors.ts'
import { cancelledMessage, keptOfCancelled, type Job, type JobContext, type JobProgress } from '#shared/jobs.ts'
import type { WorkspaceService } from '../workspace/service.ts'
import { runJob } from './job-functions.ts'

export interface InlineOptions {
  modelRoots: readonly string[]
  encoderRoots: readonly string[]
  provider?: Provider
  threads?: number
  signal?: AbortSignal
  /** Runs this job in place of the oldest one. */
  jobId?: number
  onProgress?(progress: JobProgress): void
}

/**
 * Claims the oldest queued job and runs it to its end. Returns the ended job, or null when none waited. A failure is recorded in the job and thrown.
 */
export async function runNextJob(service: WorkspaceService, options: InlineOptions): Promise<Job | null> {
  const claimed = options.jobId === undefined ? service.jobs.claimNext() : service.jobs.claim(options.jobId)
  if (claimed === null) return null
  const { job, input, foreignRoots } = claimed
  const { folder } = service.info()
  let last: JobProgress | undefined
  const context: JobContext = {
    environment: {
      jobId: job.id,
      workspaceFolder: folder,
      modelRoots: [...options.modelRoots],
      encoderRoots: [...options.encoderRoots],
      provider: options.provider ?? 'cpu',
      threads: options.threads ?? availableParallelism(),
      attempt: job.attempts,
      foreignRoots,
    },
    emit: (batch) => service.applyBatch(job.id, batch),
    progress(progress) {
      last = progress
      options.onProgress?.(progress)
    },
    signal: options.signal ?? new AbortController().signal,
    unpaused: () => Promise.resolve(),
    executed: () => undefined,
  }
  try {
    const result = await runJob(input, context)
    return service.jobs.update(job.id, { ...last, state: 'done', result })
  } catch (error) {
    const report = toReport(error)
    if (report.code !== 'cancelled') {
      service.jobs.update(job.id, { ...last, state: 'failed', message: sentence(report), error: report })
      throw error
    }
    service.jobs.update(job.id, { ...last, state: 'cancelled', message: cancelledMessage(job.kind, true), error: null })
    throw new AppError('cancelled', 'The work was cancelled.', { kept: keptOfCancelled(job.kind), cause: error })
  }
}
