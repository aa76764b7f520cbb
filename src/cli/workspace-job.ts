/** Runs one job on a workspace from the command line, with its progress. */
import { basename, resolve } from 'node:path'
import type { WorkspaceEvent } from '#engine/workspace/events.ts'
import type { WorkspaceService } from '#engine/workspace/service.ts'
import type { Job, JobProgress } from '#shared/jobs.ts'
import { progressBar } from './progress.ts'

export interface WorkspaceJob {
  workspace: string
  /** Makes the workspace where there is none yet. */
  create: boolean
  threads?: number
  /** Queues the job. */
  start(service: WorkspaceService): Promise<Job>
  signal: AbortSignal
}

/** Opens the workspace, or makes it where there is none and that is asked for. */
async function open(workspace: string, create: boolean, onEvent: (event: WorkspaceEvent) => void = () => undefined): Promise<WorkspaceService> {
  const { existsSync } = await import('node:fs')
  const { userInfo } = await import('node:os')
  const { openWorkspace } = await import('#engine/jobs/open-workspace.ts')
  const { installationKey } = await import('#engine/workspace/installation.ts')
  const { personFolder } = await import('#engine/log/log-place.ts')
  const { workspaceLayout } = await import('#engine/workspace/storage/layout.ts')
  const folder = resolve(workspace)
  const missing = !existsSync(workspaceLayout(folder).database)
  return openWorkspace({
    folder,
    modelRoots: [resolve('models')],
    installation: installationKey(personFolder()),
    author: () => userInfo().username,
    onEvent,
    ...(missing && create ? { create: { name: basename(folder) } } : {}),
  })
}

/** Asks a workspace that is there, and closes it. */
export async function inWorkspace<Result>(workspace: string, work: (service: WorkspaceService) => Promise<Result>): Promise<Result> {
  const service = await open(workspace, false)
  try {
    return await work(service)
  } finally {
    service.close()
  }
}

/** Opens the workspace, queues the job, runs it to its end and closes the workspace. Returns the job and what it could not work on. */
export async function runWorkspaceJob(request: WorkspaceJob): Promise<{ job: Job; failures: { subject: string; reason: string }[] }> {
  const { runNextJob } = await import('#engine/jobs/run-inline.ts')
  let title = ''
  let bar: ReturnType<typeof progressBar> | undefined
  const show = ({ done, total, message }: Pick<JobProgress, 'done' | 'total' | 'message'>): void => {
    if (total === 0) return
    if (message !== title) {
      bar?.stop()
      bar = progressBar(message)
      title = message
    }
    bar?.update(done, total)
  }
  const service = await open(request.workspace, request.create, (event) => {
    if (event.kind === 'written') show({ ...event, message: 'Writing' })
  })
  const failuresOf = (id: number): { subject: string; reason: string }[] => service.jobs.failures(id, 20)
  try {
    const { id } = await request.start(service)
    const job = await runNextJob(service, {
      jobId: id,
      modelRoots: [resolve('models')],
      encoderRoots: [resolve('models/encoders')],
      signal: request.signal,
      ...(request.threads === undefined ? {} : { threads: request.threads }),
      onProgress: show,
    }).catch((error: unknown) => {
      bar?.stop()
      // Often the reason of the error: where no photo could be read, nothing is left to work on.
      for (const { subject, reason } of failuresOf(id)) process.stderr.write(`left out ${subject}: ${reason}\n`)
      throw error
    })
    if (job === null) throw new Error('the job that was just queued is gone')
    return { job, failures: failuresOf(job.id) }
  } finally {
    bar?.stop()
    service.close()
  }
}
