/**
 * Errors that reach a person. Each has a code, and says what happened, what was kept and what to do.
 * Inside the engine an AppError is thrown with its cause; at a border (IPC, worker messages, the CLI) it travels as a plain `ErrorReport`.
 */

export const errorCodes = [
  'bad-input', // a file or a value that cannot be used
  'not-found', // a file, folder, row or model that is not there
  'conflict', // the state changed under the request (stale edit, name taken, job already running)
  'newer-version', // written by a newer Capstan
  'corrupt', // a checksum, integrity check or format check failed
  'disk-full',
  'not-permitted',
  'unavailable', // something optional is missing: a provider, a tool, a model
  'too-little-data',
  'cancelled',
  'crashed', // a process ended without an answer
  'internal', // a defect of ours
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** What happened, what was kept, what to do: each a whole sentence (`kept` and `todo` may be empty). */
export interface ErrorReport {
  code: ErrorCode
  happened: string
  kept: string
  todo: string
}

export class AppError extends Error {
  readonly code: ErrorCode
  readonly kept: string
  readonly todo: string

  constructor(code: ErrorCode, happened: string, rest: { kept?: string; todo?: string; cause?: unknown } = {}) {
    super(happened, rest.cause === undefined ? undefined : { cause: rest.cause })
    this.name = 'AppError'
    this.code = code
    this.kept = rest.kept ?? ''
    this.todo = rest.todo ?? ''
  }

  report(): ErrorReport {
    return { code: this.code, happened: this.message, kept: this.kept, todo: this.todo }
  }
}

/** Rebuilds an AppError on the other side of a border. */
export function fromReport(report: ErrorReport): AppError {
  return new AppError(report.code, report.happened, { kept: report.kept, todo: report.todo })
}

/** Any thrown value as a report; system errors get their code, anything unknown is `internal`. */
export function toReport(error: unknown): ErrorReport {
  if (error instanceof AppError) return error.report()
  if (error instanceof Error) {
    const systemCode = (error as Error & { code?: unknown }).code
    if (error.name === 'AbortError') return { code: 'cancelled', happened: 'The work was cancelled.', kept: '', todo: '' }
    if (systemCode === 'ENOSPC' || systemCode === 'SQLITE_FULL')
      return {
        code: 'disk-full',
        happened: 'The disk is full.',
        kept: 'Everything saved before this moment is kept.',
        todo: 'Free some space and try again.',
      }
    if (systemCode === 'ENOENT')
      return { code: 'not-found', happened: `A file or folder is missing: ${error.message}.`, kept: '', todo: 'Check that the path exists.' }
    if (systemCode === 'EACCES' || systemCode === 'EPERM' || systemCode === 'EROFS')
      return { code: 'not-permitted', happened: `Access was refused: ${error.message}.`, kept: '', todo: 'Check the permissions.' }
    return { code: 'internal', happened: error.message, kept: '', todo: 'Please report this.' }
  }
  return { code: 'internal', happened: String(error), kept: '', todo: 'Please report this.' }
}

/** The one-line form of a report. */
export function sentence(report: ErrorReport): string {
  return [report.happened, report.kept, report.todo].filter(Boolean).join(' ')
}

/** Exhaustiveness check for unions. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
