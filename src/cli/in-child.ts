/** A command that runs somebody else's graph runs it in a process of its own: one that never ends is ended by its deadline, and by Ctrl+C at once. */
import { spawn } from 'node:child_process'
import { lateAnswer } from '#engine/files/deadline.ts'
import { AppError } from '#shared/errors.ts'

/** The option that tells the child to do the work itself. */
export const inThisProcess = '--in-this-process'

/**
 * Runs this very command line again in a child that has the terminal. Resolves to its exit code.
 * @throws AppError `unavailable` past the deadline, whose sentence `what` begins; `cancelled` on abort
 */
export function runInChild(signal: AbortSignal, seconds: number, what: string): Promise<number> {
  const [, ...words] = process.argv
  const child = spawn(process.execPath, [...process.execArgv, ...words, inThisProcess], { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    const end = (error: AppError): void => {
      child.kill('SIGKILL') // its own loop may be busy for ever
      reject(error)
    }
    const timer = setTimeout(() => end(lateAnswer(what, seconds * 1000)), seconds * 1000)
    const cancelled = (): void => end(new AppError('cancelled', 'The work was cancelled.'))
    signal.addEventListener('abort', cancelled, { once: true })
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', cancelled)
      resolve(code ?? 1)
    })
  })
}
