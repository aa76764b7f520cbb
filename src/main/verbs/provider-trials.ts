/** Measuring a provider in a utility process of its own, because a driver that crashes or hangs ends or keeps the process that asks for it. */
import { z } from 'zod'
import { tooLong, trialSchema, type Trial, type TrialRequest } from '#engine/provider-choice/trial-request.ts'
import { trialWorks, type TrialWork } from '#shared/domain.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { forkUtility } from '../processes/fork-utility.ts'
import { startWorker } from '../processes/worker-host.ts'

const eventSchema = z.object({ work: z.enum(trialWorks) })

/** A crash or a hang is an answer. @throws AppError `cancelled` */
export async function tryProvider(
  request: TrialRequest,
  { limitSeconds, signal, onWork }: { limitSeconds: number; signal: AbortSignal; onWork(work: TrialWork): void },
): Promise<Trial | { reason: string }> {
  const limit = AbortSignal.timeout(limitSeconds * 1000)
  try {
    const onEvent = (event: unknown): void => onWork(eventSchema.parse(event).work)
    const worker = await startWorker({ name: 'probe', fork: () => forkUtility('probe'), onEvent })
    try {
      return await worker.request('trial', request, trialSchema, { signal: AbortSignal.any([signal, limit]), cancelWithin: 0 })
    } finally {
      await worker.stop()
    }
  } catch (error) {
    if (signal.aborted) throw new AppError('cancelled', 'Measuring the providers was cancelled.', { kept: 'The provider stays as it was.' })
    return { reason: limit.aborted ? tooLong(limitSeconds) : toReport(error).happened }
  }
}
