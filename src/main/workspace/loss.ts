/** What closing a workspace would lose: all of it, where its folder is gone and it lies in memory only. */
import { toReport, type ErrorReport } from '#shared/errors.ts'
import type { WorkspaceHost } from './workspace-host.ts'

/** The report of what closing would lose; null where nothing is. */
export async function lossOf(host: WorkspaceHost): Promise<ErrorReport | null> {
  const report = await host.requireKept().then(
    () => null,
    (error: unknown) => toReport(error),
  )
  return report?.code === 'displaced' ? report : null
}
