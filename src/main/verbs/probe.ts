/** Tries an execution provider in a process of its own, because a missing driver can end the process that asks for it. */
import { z } from 'zod'
import { providers } from '#shared/domain.ts'
import type { Provider, ProviderStatus } from '#shared/domain.ts'
import { toReport } from '#shared/errors.ts'
import { forkUtility } from '../processes/fork-utility.ts'
import { startWorker } from '../processes/worker-host.ts'

const statusSchema = z.object({
  asked: z.enum(providers),
  executed: z.enum(providers).nullable(),
  device: z.string(),
  since: z.string().nullable(),
  reason: z.string(),
  todo: z.string(),
})

/** Never throws: a probe that crashed is an answer too. */
export async function probeProvider(provider: Provider): Promise<ProviderStatus> {
  try {
    const worker = await startWorker({ name: 'probe', fork: () => forkUtility('probe') })
    try {
      return await worker.request('probe', { provider }, statusSchema, { signal: AbortSignal.timeout(120_000), cancelWithin: 1000 })
    } finally {
      await worker.stop()
    }
  } catch (error) {
    const report = toReport(error)
    const reason = report.code === 'crashed' ? `Asking for ${provider} ended the probing process: its driver or libraries are not usable.` : report.happened
    return {
      asked: provider,
      executed: null,
      device: '',
      since: null,
      reason,
      todo: report.code === 'crashed' ? 'Choose the CPU, or mend the driver and probe again.' : report.todo,
    }
  }
}
