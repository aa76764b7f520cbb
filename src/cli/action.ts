/** What every command does the same way: cancel on Ctrl+C or when a scheduler asks for it, one clear sentence on failure, an exit code. */
import { AppError, sentence, toReport } from '#shared/errors.ts'
import { logReport } from '#engine/log/log.ts'

/** In place of a sentence: the command's own errors say what a cancel keeps. */
export const saysItself = Symbol('the error says what is kept')

/**
 * Wraps a command's action, with what is kept of it when it is cancelled: gives it an AbortSignal that Ctrl+C or SIGTERM fires (a second one ends at once), prints a failure as one sentence on
 * standard error, and sets the exit code (1 failed, 130 cancelled).
 */
export function action<Arguments extends unknown[]>(
  kept: string | typeof saysItself,
  work: (signal: AbortSignal, ...values: Arguments) => Promise<void>,
): (...values: Arguments) => Promise<void> {
  return async (...values) => {
    const controller = new AbortController()
    const onInterrupt = (): void => {
      if (controller.signal.aborted) process.exit(130)
      process.stderr.write('\nStopping after what is in hand; press Ctrl+C again to end at once.\n')
      controller.abort(new AppError('cancelled', 'The work was cancelled.'))
    }
    process.on('SIGINT', onInterrupt)
    process.on('SIGTERM', onInterrupt)
    try {
      await work(controller.signal, ...values)
    } catch (error) {
      const report = toReport(error)
      if (report.code !== 'cancelled') logReport(`capstan ${process.argv[2] ?? ''}`, error)
      const cancelled = report.code === 'cancelled'
      process.stderr.write(`${sentence(cancelled && kept !== saysItself ? { ...report, kept } : report)}\n`)
      if (report.code === 'internal') process.stderr.write(`${report.details ?? ''}\n`)
      process.exitCode = report.code === 'cancelled' ? 130 : 1
    } finally {
      process.off('SIGINT', onInterrupt)
      process.off('SIGTERM', onInterrupt)
    }
  }
}
