/** The app's life: one instance, one window, parts wired together, an orderly end. */
import './installed-app.ts' // before anything is loaded or started
import '#engine/runtime/telemetry-off.ts' // before anything can start a process
import { mkdirSync } from 'node:fs'
import { app, dialog, nativeTheme } from 'electron'
import type { BrowserWindow } from 'electron'
import type { ApiEvents, EventName } from '#shared/api.ts'
import type { Settings } from '#shared/domain.ts'
import { sentence, toReport } from '#shared/errors.ts'
import { removeLeftovers } from '#engine/files/leftovers.ts'
import { within } from '#engine/files/deadline.ts'
import { logError, logNote, openLog } from '#engine/log/log.ts'
import { logFolder } from '#engine/log/log-place.ts'
import { removeQueuedTelemetry } from '#engine/runtime/queued-telemetry.ts'
import { answerCalls } from './verbs/answer.ts'
import { appFolders } from './settings/folders.ts'
import { hearRefusals, sendEvent, serveCalls } from './verbs/ipc.ts'
import { setMenu } from './window/menu.ts'
import { killAll } from './processes/fork-utility.ts'
import { askForRoots } from './window/ask-for-roots.ts'
import { forbidNetwork, forbidNetworkEarly } from './window/network.ts'
import { refusePermissions } from './window/permissions.ts'
import { probeProvider } from './verbs/probe.ts'
import { createProviderChoosing } from './verbs/provider-choosing.ts'
import { tryProvider } from './verbs/provider-trials.ts'
import { createProviderTruth } from './verbs/provider-truth.ts'
import { openRecentWorkspaces } from './workspace/recent-workspaces.ts'
import { registerSchemes, serveSchemes } from './window/schemes.ts'
import { keepScreenshot } from './window/screenshots.ts'
import { openSettings } from './settings/settings.ts'
import { keepWithinLimit } from './verbs/vision-verbs.ts'
import { createVisionHost } from './verbs/vision-host.ts'
import type { VisionHost } from './verbs/vision-host.ts'
import { confineContents, createWindow } from './window/window.ts'
import { readWindowPlace, rememberPlace, type WindowPlace } from './window/window-place.ts'
import { offerRescue } from './workspace/rescue.ts'
import { createWorkspaceSession } from './workspace/workspace-session.ts'
import type { WorkspaceSession } from './workspace/workspace-session.ts'

let window: BrowserWindow | undefined
const emit = <Name extends EventName>(name: Name, payload: ApiEvents[Name]): void => sendEvent(window, name, payload)

const userFolder = process.env['CAPSTAN_USER_DATA']
if (userFolder !== undefined && userFolder !== '') app.setPath('userData', userFolder)
process.env['CAPSTAN_LOGS'] = logFolder({ ...process.env, CAPSTAN_USER_DATA: app.getPath('userData') }) // worker processes read it
openLog('main', { echo: true })

if (app.requestSingleInstanceLock()) {
  registerSchemes()
  forbidNetworkEarly()
  hearRefusals(forbidNetwork((count) => emit('networkRefused', { count })))
  refusePermissions()
  confineContents()
  app.on('second-instance', () => {
    if (window?.isMinimized() === true) window.restore()
    window?.focus()
  })
  process.on('uncaughtException', reportDefect)
  process.on('unhandledRejection', reportDefect)
  app.whenReady().then(start).catch(endWithError)
} else {
  console.error('Capstan is already running; its window comes to the front.')
  app.quit()
}

async function start(): Promise<void> {
  performance.mark('capstan-ready') // `npm run bench -- ui` counts from here
  const folders = appFolders()
  mkdirSync(folders.user, { recursive: true })
  logNote(`Capstan ${app.getVersion()} starts on Electron ${process.versions.electron}, ${process.platform} ${process.arch}`)
  removeQueuedTelemetry()
  for (const folder of [folders.user, folders.sharedModels, folders.sharedEncoders])
    await removeLeftovers(folder).catch((error: unknown) => logError('What killed writes left', error))
  const settings = await openSettings(folders.user, (next) => {
    applyTheme(next)
    showMenu(next)
    emit('settingsChanged', next)
  })
  applyTheme(settings.get())
  const recent = await openRecentWorkspaces(folders.user)
  const providers = createProviderTruth(
    () => settings.get().provider,
    probeProvider,
    (status) => emit('providerChanged', status),
  )
  const choosing = createProviderChoosing({
    settings,
    folders,
    probe: probeProvider,
    trial: tryProvider,
    onProgress: (progress) => emit('providerTrial', progress),
  })
  const vision = createVisionHost()
  const session = createWorkspaceSession({
    folders,
    recent,
    settings: settings.get,
    emit,
    executed: (provider, device) => providers.executed(provider, device),
    askForRoots: (roots) => askForRoots(window, roots),
    // Between jobs no cache is being read.
    idle: () =>
      void keepWithinLimit({ vision, settings, workspaceFolder: () => session.required().host.info.folder }).catch((error: unknown) =>
        logError('Features over their limit', error),
      ),
  })
  serveSchemes(folders.page, {
    opening: () => session.current()?.opening,
    picture: async (imageId, kind) => {
      const { host, pictures } = session.required()
      return pictures.make(await host.imagePlace(imageId), imageId, kind)
    },
  })
  serveCalls(answerCalls({ window: () => window, folders, settings, recent, session, providers, choosing, vision, savedAs: new Set() }))
  showMenu(settings.get())
  endInOrder(session, vision)
  window = openWindow(await readWindowPlace(folders.user))
  rememberPlace(window, folders.user)
}

function openWindow(place: WindowPlace): BrowserWindow {
  const opened = createWindow(place)
  opened.webContents.on('render-process-gone', (_event, details) => {
    if (details.reason === 'clean-exit') return
    logNote(`The window’s process ended: ${details.reason}, code ${details.exitCode}`)
    void offerReload(details.reason)
  })
  const screenshot = process.env['CAPSTAN_SCREENSHOT']
  if (screenshot !== undefined && screenshot !== '') keepScreenshot(opened, screenshot)
  return opened
}

/** The page's process crashed: everything saved is in the database, so a reload is enough. */
async function offerReload(reason: string): Promise<void> {
  if (window === undefined || window.isDestroyed()) return
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message: 'The window’s process ended unexpectedly.',
    detail: `Reason: ${reason}. Everything that was shown as saved is kept.`,
    buttons: ['Open again', 'Quit'],
    defaultId: 0,
  })
  if (response === 0) window.webContents.reload()
  else app.quit()
}

const quitsWithin = 2800 // milliseconds, beside those that the last word may take

/** The workspace closes before the app ends. */
function endInOrder(session: WorkspaceSession, vision: VisionHost): void {
  let closing = false
  app.on('window-all-closed', () => app.quit())
  app.on('will-quit', (event) => {
    event.preventDefault()
    if (closing) return
    closing = true
    void offerRescue(session, window)
      // Everything that was shown as saved is on disk: what does not end in time is ended.
      .then(() => within(quitsWithin, 'A process of Capstan', Promise.all([session.abandon(), vision.close()])))
      .catch((error: unknown) => logError('Closing', error))
      .finally(() => {
        killAll()
        app.exit(0)
      })
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => app.quit())
}

/** Those that the menu was last made for; null before there is one of ours (the system's own is there from the start). */
let changedKeys: string | null = null

/** The menu's keys are those of the page where both have one. */
function showMenu({ shortcuts }: Settings): void {
  const keys = Object.keys(shortcuts).toSorted().join()
  if (keys === changedKeys) return
  changedKeys = keys
  setMenu((name) => emit('command', { name }), new Set(Object.keys(shortcuts)))
}

function applyTheme(settings: Settings): void {
  nativeTheme.themeSource = settings.theme
}

function reportDefect(error: unknown): void {
  logError('Defect in main', error)
  if (app.isReady() && process.env['CAPSTAN_UNATTENDED'] === undefined)
    dialog.showErrorBox('Capstan met a defect of its own', `${sentence(toReport(error))}\n\nEverything that was shown as saved is kept.`)
}

function endWithError(error: unknown): void {
  reportDefect(error)
  app.exit(1)
}
