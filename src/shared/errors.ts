/**
 * Errors that reach a person. Each has a code, and says what happened, what was kept and what to do.
 * Inside the engine an AppError is thrown with its cause; at a border (IPC, worker messages, the CLI) it travels as a plain `ErrorReport`.
 */
import { z } from 'zod'

export const errorCodes = [
  'bad-input', // a file or a value that cannot be used
  'not-found', // a file, folder, row or model that is not there
  'conflict', // the state changed under the request (stale edit, name taken, job already running)
  'newer-version', // written by a newer Capstan
  'corrupt', // a checksum, integrity check or format check failed
  'displaced', // the open workspace is no longer where it was opened
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
export const errorReportSchema = z.object({
  code: z.enum(errorCodes),
  happened: z.string(),
  kept: z.string(),
  todo: z.string(),
  /** For whoever looks for the defect: the stack of an unexpected error, and of its causes, from the process where it arose. */
  details: z.string().exactOptional(),
})
export type ErrorReport = z.infer<typeof errorReportSchema>

export class AppError extends Error {
  readonly code: ErrorCode
  readonly kept: string
  readonly todo: string
  /** Of an error that came from another process. */
  readonly details: string | undefined

  constructor(code: ErrorCode, happened: string, rest: { kept?: string; todo?: string; cause?: unknown; details?: string | undefined } = {}) {
    super(happened, rest.cause === undefined ? undefined : { cause: rest.cause })
    this.name = 'AppError'
    this.code = code
    this.kept = rest.kept ?? ''
    this.todo = rest.todo ?? ''
    this.details = rest.details
  }

  /** An error that was expected, and has no cause, needs no details: it says all there is. */
  report(): ErrorReport {
    const details = this.details ?? (this.code === 'internal' || this.cause !== undefined ? stackOf(this) : undefined)
    return { code: this.code, happened: this.message, kept: this.kept, todo: this.todo, ...(details !== undefined && { details }) }
  }
}

/** Rebuilds an AppError on the other side of a border. */
export function fromReport(report: ErrorReport): AppError {
  return new AppError(report.code, report.happened, { kept: report.kept, todo: report.todo, details: report.details })
}

const longestDetails = 8000 // characters
const mostCauses = 5

/** The stack of an error and of its causes, outermost first. */
export function stackOf(error: unknown): string {
  const parts: string[] = []
  let current = error
  while (current instanceof Error && parts.length < mostCauses) {
    const own = current.stack ?? `${current.name}: ${current.message}`
    parts.push(current instanceof AppError && current.details !== undefined ? current.details : own)
    current = current.cause
  }
  if (parts.length === 0 || typeof current === 'string') parts.push(String(current))
  return parts.join('\nCaused by: ').slice(0, longestDetails)
}

/** Any thrown value as a report; system errors get their code, anything unknown is `internal`. */
export function toReport(error: unknown): ErrorReport {
  if (error instanceof AppError) return error.report()
  if (error instanceof Error && error.name === 'AbortError') return { code: 'cancelled', happened: 'The work was cancelled.', kept: '', todo: '' }
  return { ...reportOf(error), details: stackOf(error) }
}

function reportOf(error: unknown): ErrorReport {
  if (error instanceof Error) {
    const systemCode = (error as Error & { code?: unknown }).code
    if (systemCode === 'ENOSPC' || systemCode === 'EDQUOT' || systemCode === 'SQLITE_FULL')
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
    if (systemCode === 'ENOTDIR' || systemCode === 'EISDIR')
      return {
        code: 'bad-input',
        happened: `A file stands where a folder should, or the other way round: ${error.message}.`,
        kept: '',
        todo: 'Check the path.',
      }
    if (systemCode === 'ERR_STRING_TOO_LONG' || systemCode === 'ERR_FS_FILE_TOO_LARGE' || error.message === 'Invalid string length')
      return { code: 'bad-input', happened: 'The file is too large to be read at a time: 500 MB at most.', kept: '', todo: 'Split it into several files.' }
    if (typeof systemCode === 'string' && systemCode.startsWith('SQLITE_')) return databaseReport(systemCode, error.message)
    if (systemCode === 'ENAMETOOLONG')
      return { code: 'bad-input', happened: 'A path is longer than the system allows.', kept: '', todo: 'Choose a shorter name, or a folder further up.' }
    if (systemCode === 'ELOOP') return { code: 'bad-input', happened: `Links lead in a circle: ${error.message}.`, kept: '', todo: 'Mend the links.' }
    if (systemCode === 'ERR_INVALID_ARG_VALUE' && error.message.includes('null bytes'))
      return { code: 'bad-input', happened: 'A path holds a character that no path may hold.', kept: '', todo: 'Check the path.' }
    if (error instanceof RangeError && error.message === 'Maximum call stack size exceeded')
      return { code: 'bad-input', happened: 'What was given is nested too deeply to be read.', kept: '', todo: 'Check the file.' }
    if (error instanceof RangeError && /^(?:Array buffer allocation failed|Invalid typed array length|Invalid array length)/.test(error.message))
      return { code: 'bad-input', happened: 'What was given needs more memory than there is.', kept: '', todo: 'Check the sizes that it names.' }
    // Whatever else the system refuses is about the file or the disk, not a defect.
    if (typeof systemCode === 'string' && /^E[A-Z]+$/.test(systemCode) && 'syscall' in error)
      return { code: 'unavailable', happened: `The system refused: ${error.message}.`, kept: '', todo: 'Check the path and the disk, then try again.' }
    return { code: 'internal', happened: error.message, kept: '', todo: 'Please report this.' }
  }
  return { code: 'internal', happened: String(error), kept: '', todo: 'Please report this.' }
}

/** What SQLite says of the disk or of the file. Its other codes are defects of ours. */
function databaseReport(sqliteCode: string, message: string): ErrorReport {
  const kept = 'Everything saved before this moment is kept.'
  const is = (...names: string[]): boolean => names.some((name) => sqliteCode === name || sqliteCode.startsWith(`${name}_`))
  if (is('SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_PERM'))
    return {
      code: 'not-permitted',
      happened: `The workspace’s database cannot be written: ${message}.`,
      kept,
      todo: 'Check the permissions of the workspace’s folder.',
    }
  if (is('SQLITE_IOERR'))
    return {
      code: 'unavailable',
      happened: `The workspace’s disk does not answer as it should: ${message}.`,
      kept,
      todo: 'Check the disk and its free space, then try again.',
    }
  if (is('SQLITE_BUSY', 'SQLITE_LOCKED'))
    return { code: 'conflict', happened: 'Another program is using the workspace’s database.', kept, todo: 'Close it and try again.' }
  if (is('SQLITE_CORRUPT', 'SQLITE_NOTADB'))
    return { code: 'corrupt', happened: `The workspace’s database is damaged: ${message}.`, kept: '', todo: 'Restore a copy of workspace.db.' }
  return { code: 'internal', happened: message, kept: '', todo: 'Please report this.' }
}

/** The one-line form of a report. */
export function sentence(report: ErrorReport): string {
  return [report.happened, report.kept, report.todo].filter(Boolean).join(' ')
}

/** Exhaustiveness check for unions. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`)
}
