/** The last word before the app quits with a workspace whose folder is gone: all of it is in memory only. */
import { dialog, type BrowserWindow } from 'electron'
import { sentence, toReport, type ErrorReport } from '#shared/errors.ts'
import { askOver } from '../window/ask-over.ts'
import { lossOf } from './loss.ts'
import type { WorkspaceHost } from './workspace-host.ts'
import type { WorkspaceSession } from './workspace-session.ts'

/** A workspace process that does not answer holds up nobody who quits. */
const patience = 2000

/** Offers to save the open workspace elsewhere where quitting would lose it. Resolves once it is saved, or given up. */
export async function offerRescue(session: WorkspaceSession, window: BrowserWindow | undefined): Promise<void> {
  const host = session.current()?.host
  if (host === undefined || process.env['CAPSTAN_UNATTENDED'] !== undefined) return
  let report = await lossInTime(host)
  while (report !== null) {
    const { response } = await askOver(window, {
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

/** What closing would lose, within the patience of somebody who quits. */
async function lossInTime(host: WorkspaceHost): Promise<ErrorReport | null> {
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), patience).unref())
  return Promise.race([lossOf(host), late])
}
