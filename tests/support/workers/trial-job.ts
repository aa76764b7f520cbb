/** A job's worker: emits a batch a step, and crashes, fails or waits where the input's file name says so. */
import { z } from 'zod'
import { AppError } from '#shared/errors.ts'
import { jobEnvironmentSchema, jobInputSchema } from '#shared/jobs.ts'
import { handler, serve } from '../../../src/main/workers/serve.ts'

const steps = 3

serve('trial-job', {
  run: handler(z.object({ input: jobInputSchema, environment: jobEnvironmentSchema }), async ({ input, environment }, { signal, event, ask, unpaused }) => {
    if (input.kind !== 'export') throw new AppError('internal', 'A trial is an export job.')
    if (input.file === 'fail') throw new AppError('bad-input', 'The file is not usable.')
    if (input.file === 'defect') throw new Error('Nobody foresaw this.')
    for (let done = 1; done <= steps; done++) {
      await unpaused()
      const atOnce = input.file === 'at once' || input.file === 'cancelled before'
      if (input.file === 'cancelled before') await new Promise((later) => setTimeout(later, 300)) // hears of no cancel
      await ask(atOnce ? { kind: 'texts', as: 'drafts', file: input.file } : { kind: 'failure', subject: `step ${done}`, reason: input.file })
      event({ type: 'progress', progress: { done, total: steps, unit: 'steps', message: 'Working.' } })
      if (input.file === 'crash' || (input.file === 'crash once' && environment.attempt === 1)) process.kill(process.pid, 'SIGSEGV')
      if (input.file === 'wait') await waitForCancel(signal)
    }
    return { file: input.file, attempt: environment.attempt }
  }),
})

function waitForCancel(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = (): void => reject(signal.reason as Error)
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp)
  })
}
