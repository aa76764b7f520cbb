/** What jobs that run models share: sessions as the job's environment asks, and what is told of them. */
import type { Provider } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import { deviceOf } from './device.ts'
import type { SessionOptions } from './session.ts'

/** Sessions as the job's environment asks; a second attempt takes one thread. */
export function sessionOptions({ environment }: JobContext): SessionOptions {
  return { provider: environment.provider, threads: environment.attempt > 1 ? 1 : environment.threads }
}

export function tellProvider(context: JobContext, provider: Provider): void {
  context.executed(provider, deviceOf(provider))
}

export function throwIfCancelled({ signal }: JobContext): void {
  if (signal.aborted) throw new AppError('cancelled', 'The work was cancelled.', { kept: 'What was finished is kept.' })
}
