/** The last word before the app quits with a workspace whose folder is gone: all of it is in memory only. */
import { dialog, type BrowserWindow } from 'electron'
import { sentence, toReport, type ErrorReport } from '#shared/errors.ts'
import type { WorkspaceHost } from './workspace-host.ts'
import type { WorkspaceSession } from './workspace-session.ts'

/** A workspace process that does not answer holds up nobody who quits. */
const patience = 2000

/** Offers to save the open workspace elsewhere where quitting would lose it. Resolves once it is saved, or given up. */
export async function offerRescue(session: WorkspaceSession, window: BrowserWindow | undefined): Promise<void> {
  const host = session.current()?.host
  if (host === undefined || process.env['CAPSTAN_UNATTENDED'] !== undefined) return
  let report = await lossOf(host)
  while (report !== null) {
    const { response } = await show(window, {
      type: 'warning',
      message: report.happened,
      detail: 'Quitting loses what is in it.',
      buttons: ['Save elsewhere…', 'Quit and lose it'],
      defaultId: 0,
      cancelId: 1,
    })
    if (response === 1) return
    const { filePath, canceled } = await dialog.showSaveDialog({ title: 'Save the workspace in a new folder', defaultPath: 'rescued-workspace' })
    if (canceled || filePath === '') continue
    try {
      await host.verb('workspace.saveElsewhere', { folder: filePath })
      return
    } catch (error) {
      report = { ...toReport(error), happened: sentence(toReport(error)) }
    }
  }
}

/** The report of what would be lost; null where nothing is. */
async function lossOf(host: WorkspaceHost): Promise<ErrorReport | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), patience).unref())
  const asked = host.requireKept().then(
    () => null,
    (error: unknown) => toReport(error),
  )
  const report = await Promise.race([asked, late])
  return report?.code === 'displaced' ? report : null
}

function show(window: BrowserWindow | undefined, how: Electron.MessageBoxOptions): Promise<Electron.MessageBoxReturnValue> {
  return window === undefined || window.isDestroyed() ? dialog.showMessageBox(how) : dialog.showMessageBox(window, how)
}
