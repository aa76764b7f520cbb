/**
 * The open workspace as main sees it: a process that answers the verbs, a job runner over its queue, and a process that makes thumbnails.
 * A workspace process that crashes is started again for the next request; what it had not committed was never shown as saved.
 */
import { join } from 'node:path'
import { z } from 'zod'
import type { WorkspaceInfo } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { ReplacedPhoto } from '#shared/jobs.ts'
import type { WorkspaceEvent } from '#engine/workspace/events.ts'
import { createBreaker } from '../processes/breaker.ts'
import { forkUtility } from '../processes/fork-utility.ts'
import type { JobQueue } from '../jobs/job-runner.ts'
import { startWorker } from '../processes/worker-host.ts'
import type { Worker } from '../processes/worker-host.ts'
import type { ImagePlace } from './thumbnails.ts'
import {
  claimedSchema,
  imagePlaceSchema,
  infoSchema,
  jobSchema,
  nothingSchema,
  rootsSchema,
  waitingSchema,
  workspaceEventSchema,
  type Person,
} from './workspace-protocol.ts'

export interface WorkspaceOptions {
  folder: string
  create: { name: string } | null
  /** A workspace to copy to the folder before it is opened, or null. */
  template: string | null
  modelRoots: string[]
  /** The key of the person's folder. */
  installation: string
  person(): Person
  onEvent(event: WorkspaceEvent): void
}

export interface WorkspaceHost {
  /** As it was when opened. */
  readonly info: WorkspaceInfo
  currentInfo(): Promise<WorkspaceInfo>
  verb(name: string, input: unknown): Promise<unknown>
  imagePlace(imageId: number): Promise<ImagePlace>
  /** Photos that were opened and turned out to be others than were imported. */
  photosReplaced(photos: readonly ReplacedPhoto[]): Promise<void>
  setPerson(person: Person): Promise<void>
  /** Folders of photos that the workspace brought from elsewhere. */
  foreignRoots(): Promise<string[]>
  allowRoots(roots: readonly string[]): Promise<void>
  queue: JobQueue
  /** @throws AppError `displaced` where closing it would lose what is in it */
  requireKept(): Promise<void>
  close(): Promise<void>
}

/** Opens or creates a workspace in a process of its own. Throws the AppError that opening it gave. */
export async function openWorkspaceHost(options: WorkspaceOptions): Promise<WorkspaceHost> {
  const breaker = createBreaker()
  let closed = false

  const start = async (create: WorkspaceOptions['create'], template: string | null): Promise<{ worker: Worker; info: WorkspaceInfo }> => {
    const worker = await startWorker({
      name: 'workspace',
      fork: () => forkUtility('workspace'),
      onEvent: (event) => options.onEvent(workspaceEventSchema.parse(event)),
    })
    try {
      const { folder, modelRoots, installation } = options
      const info = await worker.request('open', { folder, create, template, modelRoots, installation, person: options.person() }, infoSchema)
      return { worker, info }
    } catch (error) {
      await worker.stop()
      throw error
    }
  }

  const watch = (worker: Worker): Worker => {
    void worker.ended.then(() => {
      current = undefined
      if (!closed) breaker.crashed()
    })
    return worker
  }
  const first = await start(options.create, options.template)
  let current: Promise<Worker> | undefined = Promise.resolve(first.worker)
  watch(first.worker)

  const living = (): Promise<Worker> => {
    if (closed) throw new AppError('unavailable', 'The workspace was closed.', { kept: 'Everything saved in it is kept.' })
    if (current === undefined && breaker.open)
      throw new AppError('crashed', 'The workspace process crashed three times in a row.', {
        kept: 'Everything that was shown as saved is kept.',
        todo: 'Close the workspace and open it again.',
      })
    current ??= start(null, null).then(
      (again) => watch(again.worker),
      (error: unknown) => {
        current = undefined
        breaker.crashed()
        throw error
      },
    )
    return current
  }
  const ask = async <Output>(name: string, input: unknown, output: z.ZodType<Output>): Promise<Output> => {
    const worker = await living()
    const answer = await worker.request(name, input, output)
    breaker.succeeded()
    return answer
  }

  return {
    info: first.info,
    currentInfo: () => ask('info', {}, infoSchema),
    verb: (name, input) => ask('verb', { name, input }, z.unknown()),
    imagePlace: (imageId) => ask('image-place', { imageId }, imagePlaceSchema),
    photosReplaced: async (photos) => {
      await ask('photos-replaced', photos, nothingSchema)
    },
    setPerson: async (person) => {
      await ask('set-person', person, nothingSchema)
    },
    foreignRoots: () => ask('foreign-roots', {}, rootsSchema),
    allowRoots: async (roots) => {
      await ask('allow-roots', roots, nothingSchema)
    },
    queue: {
      approve: async (jobId) => {
        await ask('job-approve', { jobId }, nothingSchema)
      },
      claim: (kinds) => ask('job-claim', { kinds }, claimedSchema),
      waiting: (kinds) => ask('job-waiting', { kinds }, waitingSchema),
      get: (jobId) => ask('job-get', { jobId }, jobSchema),
      update: (jobId, change) => ask('job-update', { jobId, change }, jobSchema),
      requeueInterrupted: async () => {
        await ask('job-requeue', {}, nothingSchema)
      },
      commit: async (jobId, batch) => {
        await ask('job-commit', { jobId, batch }, nothingSchema)
      },
    },
    requireKept: async () => {
      await ask('require-kept', {}, nothingSchema)
    },
    close: async () => {
      closed = true
      await (await current?.catch(() => undefined))?.stop()
    },
  }
}

/** The folder of a workspace's thumbnails. */
export function thumbnailFolder(workspaceFolder: string): string {
  return join(workspaceFolder, 'thumbnails')
}
