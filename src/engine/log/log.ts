/**
 * The log of one person: a file that every process appends to, line by line, so that what a dying process wrote last is there. Until a process
 * opens it (tests do not), nothing is written. It holds errors with their stacks, and what was slow; never a caption's text or a query's values.
 */
import { renameSync, statSync } from 'node:fs'
import log from 'electron-log/node'
import { sentence, stackOf, toReport } from '#shared/errors.ts'
import { logFile } from './log-place.ts'

/** A full file becomes `capstan.1.log`; this many full ones are kept. */
export const keptLogs = 4
const fullAt = 2 * 1024 * 1024 // bytes

const { file, console: terminal } = log.transports
file.level = false
terminal.level = false

/** Opens the log for this process; `name` stands in each of its lines. `echo` prints errors on the terminal, too. */
export function openLog(name: string, { echo = false }: { echo?: boolean } = {}): void {
  log.variables['process'] = name
  file.level = 'info'
  file.setAppName('Capstan') // it would look for a package.json, and the command line runs in any folder
  file.format = '{y}-{m}-{d} {h}:{i}:{s}.{ms} {level} {process}: {text}'
  file.maxSize = fullAt
  file.resolvePathFn = logFile
  file.archiveLogFn = ({ path }) => rotate(path)
  terminal.level = echo ? 'error' : false
  terminal.format = '{process}: {text}'
}

/** Something that nobody foresaw. `what` says where: "verb library.ids". */
export function logError(what: string, error: unknown): void {
  log.error(`${what}: ${stackOf(error)}`)
}

/** An error that a person was told: one line, and the stack where there is one to tell. */
export function logReport(what: string, error: unknown): void {
  const report = toReport(error)
  log.warn(`${what}: ${report.code}: ${sentence(report)}${report.details === undefined ? '' : `\n${report.details}`}`)
}

export function logSlow(what: string, milliseconds: number): void {
  log.info(`slow, ${Math.round(milliseconds)} ms: ${what}`)
}

export function logNote(text: string): void {
  log.info(text)
}

/** Every process counts only what it wrote itself: the file's own size decides, so that a file another process has just rotated stays. */
function rotate(path: string): void {
  try {
    if (statSync(path).size < fullAt) return
    const numbered = (number: number): string => (number === 0 ? path : path.replace(/\.log$/, `.${number}.log`))
    for (let number = keptLogs - 1; number >= 0; number--) {
      try {
        renameSync(numbered(number), numbered(number + 1))
      } catch {
        // there is none of that number yet
      }
    }
  } catch (error) {
    console.error('The log was not rotated:', error)
  }
}
