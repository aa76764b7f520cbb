/** Which workspace is open: opening, creating and closing one, with its job runner and its thumbnails. One at a time. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ApiEvents } from '#shared/api.ts'
import { providers } from '#shared/domain.ts'
import type { OpenedWorkspace, Settings } from '#shared/domain.ts'
import { AppError, assertNever, fromReport } from '#shared/errors.ts'
import { logError, logReport } from '#engine/log/log.ts'
import type { WorkspaceEvent } from '#engine/workspace/events.ts'
import { refuseDatabase, requireDatabase } from '#engine/workspace/storage/presence.ts'
import { installationKey } from '#engine/workspace/installation.ts'
import { sampleFolder } from '#engine/workspace/sample.ts'
import { forkUtility } from '../processes/fork-utility.ts'
import type { Folders } from '../settings/folders.ts'
import { createJobRunner } from '../jobs/job-runner.ts'
import type { JobRunner } from '../jobs/job-runner.ts'
import { lossOf } from './loss.ts'
import type { RecentWorkspaces } from './recent-workspaces.ts'
import { takeOver } from './take-over.ts'
import { createPictureMaker } from './thumbnails.ts'
import type { PictureMaker } from './thumbnails.ts'
import { startWorker } from '../processes/worker-host.ts'
import { printPage } from '../window/print-page.ts'
import { openWorkspaceHost, thumbnailFolder } from './workspace-host.ts'
import type { WorkspaceHost } from './workspace-host.ts'

export interface SessionOptions {
  folders: Folders
  recent: RecentWorkspaces
  settings(): Settings
  emit<Name extends keyof ApiEvents>(name: Name, payload: ApiEvents[Name]): void
  executed(provider: (typeof providers)[number], device: string): void
  /** Asks the person whether photos of folders that were chosen elsewhere may be shown. */
  askForRoots(roots: readonly string[]): Promise<boolean>
  /** The open workspace's jobs are through. */
  idle(): void
}

export interface OpenWorkspace {
  /** Counts the workspaces opened in this run of the app. */
  opening: number
  /** Closing it was refused, because its folder is gone. */
  refused: boolean
  host: WorkspaceHost
  runner: JobRunner
  pictures: PictureMaker
}

export interface WorkspaceSession {
  current(): OpenWorkspace | undefined
  /** The open workspace, or AppError `unavailable`. */
  required(): OpenWorkspace
  open(folder: string, create: { name: string } | null): Promise<OpenedWorkspace>
  /** The person's newest copy of the sample, or a fresh one. */
  openSample(fresh: boolean): Promise<OpenedWorkspace>
  /** @throws AppError `displaced`, once, where closing it would lose what is in it */
  close(): Promise<void>
  /** Closes it whatever is lost. */
  abandon(): Promise<void>
}

export function createWorkspaceSession(options: SessionOptions): WorkspaceSession {
  const { folders, emit } = options
  let current: OpenWorkspace | undefined
  let openings = 0
  let changing = Promise.resolve()

  /** Opening and closing wait for each other. */
  const inTurn = <Result>(change: () => Promise<Result>): Promise<Result> => {
    const result = changing.then(change)
    changing = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }

  const close = async (): Promise<void> => {
    const closing = current
    current = undefined
    if (closing === undefined) return
    await closing.runner.stop()
    await Promise.all([closing.pictures.close(), closing.host.close()])
    emit('workspaceOpened', null)
  }

  /** Once: who closes it again gives up what is in it. A workspace that does not answer holds nobody. */
  const refuseOnce = async (): Promise<void> => {
    if (current === undefined || current.refused) return
    const closing = current
    const report = await lossOf(closing.host)
    if (report === null) return
    closing.refused = true
    throw fromReport({
      ...report,
      kept: 'It is still open, and all of it can be saved elsewhere.',
      todo: 'Save it elsewhere; closing it once more gives it up.',
    })
  }

  const tell = (event: WorkspaceEvent): void => {
    switch (event.kind) {
      case 'changed':
        return emit('workspaceChanged', { what: event.what })
      case 'photos-replaced':
        return emit('photosReplaced', { imageIds: event.imageIds })
      case 'job':
        return current === undefined ? emit('jobChanged', event.job) : current.runner.changed(event.job)
      case 'written':
        return current?.runner.written(event.jobId, event)
      case 'training-point':
        return emit('trainingPoint', { jobId: event.jobId, point: event.point })
      case 'training-sample':
        return emit('trainingSample', { jobId: event.jobId, sample: event.sample })
      case 'backup-failed':
        return logReport('Backup', fromReport(event.report))
      default:
        return assertNever(event)
    }
  }

  const start = async (folder: string, create: { name: string } | null, template: string | null): Promise<OpenedWorkspace> => {
    const host = await openWorkspaceHost({
      folder,
      create,
      template,
      modelRoots: [folders.shippedModels, folders.sharedModels],
      installation: installationKey(folders.user),
      person: () => ({ author: options.settings().author, spelling: options.settings().spelling }),
      onEvent: tell,
    })
    const runner = createJobRunner({
      queue: host.queue,
      print: printPage,
      environment: () => ({
        workspaceFolder: folder,
        modelRoots: [folders.shippedModels, folders.sharedModels, `${folder}/models`],
        encoderRoots: [folders.shippedEncoders, folders.sharedEncoders],
        provider: options.settings().provider,
        threads: options.settings().threads,
        scoringTools: options.settings().scoringTools,
      }),
      start: (kind, how) => startWorker({ ...how, name: kind, fork: () => forkUtility('job', kind) }),
      onJob: (job) => emit('jobChanged', job),
      onExecuted: (provider, device) => {
        const known = providers.find((name) => name === provider)
        if (known !== undefined) options.executed(known, device)
      },
      onIdle: () => options.idle(),
    })
    const pictures = createPictureMaker(thumbnailFolder(folder), () => forkUtility('thumbnails'), {
      replaced: (photo) => void host.photosReplaced([photo]).catch((error: unknown) => logError('A replaced photo', error)),
    })
    const opening = ++openings
    current = { opening, refused: false, host, runner, pictures }
    await options.recent.add(host.info).catch((error: unknown) => logError('Recent workspaces', error))
    const opened = { ...host.info, opening }
    emit('workspaceOpened', opened)
    runner.wake()
    void askForRoots(host, options.askForRoots).catch((error: unknown) => logError('Folders of photos', error))
    return opened
  }

  const open = async (folder: string, create: { name: string } | null, template: string | null = null): Promise<OpenedWorkspace> => {
    // A wrong folder closes nothing.
    if (create !== null) refuseDatabase(folder)
    else if (template === null) requireDatabase(folder)
    await refuseOnce()
    return takeOver({
      former: current?.host.info,
      folder,
      close,
      open: () => start(folder, create, template),
      reopen: (former) => start(former, null, null),
    })
  }

  return {
    current: () => current,
    required: () => {
      if (current === undefined) throw new AppError('unavailable', 'No workspace is open.', { todo: 'Open or create one first.' })
      return current
    },
    open: (folder, create) => inTurn(() => open(resolve(folder), create)),
    openSample: (fresh) =>
      inTurn(() => {
        const folder = sampleFolder(folders.user, fresh)
        return open(folder, null, existsSync(folder) ? null : folders.sample)
      }),
    close: () =>
      inTurn(async () => {
        await refuseOnce()
        await close()
      }),
    abandon: () => inTurn(close),
  }
}

async function askForRoots(host: WorkspaceHost, ask: SessionOptions['askForRoots']): Promise<void> {
  const roots = await host.foreignRoots()
  if (roots.length > 0 && (await ask(roots))) await host.allowRoots(roots)
}
