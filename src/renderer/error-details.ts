/** What "Copy details" copies: everything that whoever looks for the defect asks first. */
import { sentence, type ErrorReport } from '#shared/errors.ts'
import type { AppInfo } from '#shared/domain.ts'

export type ShownReport = Pick<ErrorReport, 'happened' | 'kept' | 'todo'> & Partial<Pick<ErrorReport, 'code' | 'details'>>

export function errorDetails(report: ShownReport, info: Pick<AppInfo, 'version' | 'electron' | 'node' | 'platform' | 'logFile'> | null): string {
  const { code, happened, kept, todo, details } = report
  const about = info === null ? [] : [`Capstan ${info.version}, Electron ${info.electron}, Node ${info.node}, ${info.platform}`, `Log: ${info.logFile}`]
  const said = sentence({ code: code ?? 'internal', happened, kept, todo })
  return [code === undefined ? said : `${code}: ${said}`, ...(details === undefined ? [] : [details]), ...about].join('\n')
}
