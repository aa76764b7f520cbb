/** The way out where the open workspace's folder is gone: all of it goes into a folder of the person's choice, which is opened then. */
import { call } from '../bridge.ts'

export async function saveElsewhere(): Promise<void> {
  const folder = await call('dialog.chooseSaveFile', { title: 'Save the workspace in a new folder', suggestion: 'rescued-workspace' })
  if (folder === null) return
  await call('workspace.saveElsewhere', { folder })
  await call('workspace.open', { folder })
}
