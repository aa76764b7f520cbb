/** The verbs that main answers itself. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { app, dialog, shell } from 'electron'
import type { BrowserWindow, OpenDialogOptions } from 'electron'
import type { Answers } from '#shared/api.ts'
import { logFile } from '#engine/log/log-place.ts'
import { logError } from '#engine/log/log.ts'
import { recognizeSource } from '#engine/workspace/import/recognize-source.ts'
import type { Folders } from '../settings/folders.ts'
import { refusedRequests } from '../window/network.ts'
import type { ProviderChoosing } from './provider-choosing.ts'
import type { ProviderTruth } from './provider-truth.ts'
import { readyExperiments } from './ready-experiments.ts'
import type { RecentWorkspaces } from '../workspace/recent-workspaces.ts'
import { savePlot } from './save-plot.ts'
import { scoringToolsStatus } from './scoring-tools.ts'
import type { SettingsStore } from '../settings/settings.ts'
import type { VisionHost } from './vision-host.ts'
import { visionVerbs } from './vision-verbs.ts'
import type { WorkspaceSession } from '../workspace/workspace-session.ts'

export interface VerbParts {
  window(): BrowserWindow | undefined
  folders: Folders
  settings: SettingsStore
  recent: RecentWorkspaces
  session: WorkspaceSession
  providers: ProviderTruth
  choosing: ProviderChoosing
  vision: VisionHost
  /** Where the dialog for saving pointed in this run: it has asked whether a file there may be replaced. */
  savedAs: Set<string>
}

export function mainVerbs(parts: VerbParts): Answers<'main'> {
  const { session, settings, recent } = parts
  return {
    ...visionVerbs({
      ...parts,
      workspaceFolder: () => session.required().host.info.folder,
      requirePhoto: async (imageId) => {
        await session.required().host.imagePlace(imageId)
      },
    }),
    'images.look': async ({ imageId }) => {
      const { host, pictures } = session.required()
      await pictures.look(await host.imagePlace(imageId), imageId)
      return null
    },
    'app.info': () => ({
      version: app.getVersion(),
      electron: process.versions.electron,
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      networkRequests: refusedRequests(),
      logFile: logFile(),
      sharedModels: parts.folders.sharedModels,
      workspaces: parts.folders.workspaces,
      hasSample: existsSync(join(parts.folders.sample, 'workspace.db')),
    }),
    'app.showLog': () => {
      shell.showItemInFolder(logFile())
      return null
    },
    'app.noteDefect': ({ where, stack }) => {
      logError(`Defect in the window, ${where}`, stack)
      return null
    },
    'dialog.chooseFolder': ({ title }) => choose(parts.window(), { title, properties: ['openDirectory', 'createDirectory'] }),
    'dialog.chooseFile': ({ title, extensions }) =>
      choose(parts.window(), {
        title,
        properties: ['openFile'],
        filters: extensions.length === 0 ? [] : [{ name: extensions.map((extension) => `.${extension}`).join(', '), extensions }],
      }),
    'dialog.chooseSaveFile': async ({ title, suggestion }) => {
      const window = parts.window()
      const how = { title, defaultPath: suggestion }
      const { filePath, canceled } = await (window === undefined ? dialog.showSaveDialog(how) : dialog.showSaveDialog(window, how))
      if (canceled || filePath === '') return null
      parts.savedAs.add(filePath)
      return filePath
    },
    'plots.save': async (asked) => {
      await savePlot(asked)
      return null
    },
    'settings.get': () => settings.get(),
    'settings.set': async (change) => {
      const next = await settings.set(change)
      if (change.author !== undefined || change.spelling !== undefined)
        await session.current()?.host.setPerson({ author: next.author, spelling: next.spelling })
      return next
    },
    'settings.scoringTools': () => scoringToolsStatus(settings.get().scoringTools),
    'providers.status': () => parts.providers.status(),
    'providers.probe': ({ provider }) => parts.providers.probe(provider),
    'providers.choose': () => parts.choosing.choose(),
    'providers.cancelChoice': () => {
      parts.choosing.cancel()
      return null
    },
    'providers.answerChoice': ({ take }) => parts.choosing.answer(take),
    'experiments.ready': () => readyExperiments(parts.folders.experimentRecipes),
    'workspace.current': async () => {
      const open = session.current()
      return open === undefined ? null : { ...(await open.host.currentInfo()), opening: open.opening }
    },
    'workspace.recent': () => recent.list(),
    'workspace.create': ({ folder, name }) => session.open(folder, { name }),
    'workspace.open': ({ folder }) => session.open(folder, null),
    'workspace.openSample': ({ fresh }) => session.openSample(fresh),
    'workspace.close': async () => {
      await session.close()
      return null
    },
    'workspace.forget': async ({ folder }) => {
      await recent.forget(folder)
      return null
    },
    'workspace.place': () => recent.place(session.required().host.info.folder),
    'workspace.keepPlace': async (place) => {
      await recent.keepPlace(session.required().host.info.folder, place)
      return null
    },
    'imports.recognize': ({ path }) => recognizeSource(path),
    'jobs.pause': ({ jobId }) => session.required().runner.pause(jobId),
    'jobs.resume': ({ jobId }) => session.required().runner.resume(jobId),
    'jobs.cancel': ({ jobId, keep }) => session.required().runner.cancel(jobId, keep),
    'jobs.retry': ({ jobId }) => session.required().runner.retry(jobId),
  }
}

async function choose(window: BrowserWindow | undefined, how: OpenDialogOptions): Promise<string | null> {
  const { filePaths, canceled } = await (window === undefined ? dialog.showOpenDialog(how) : dialog.showOpenDialog(window, how))
  return canceled ? null : (filePaths[0] ?? null)
}
