/** Probing a provider from Node (the CLI, tests): in a child process, so that a driver that crashes takes nothing else with it. */
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { providers, type Provider, type ProviderStatus } from '#shared/domain.ts'
import { lineOf, runThrowAway } from './throw-away.ts'

const statusSchema = z.object({
  asked: z.enum(providers),
  executed: z.enum(providers).nullable(),
  device: z.string(),
  since: z.string().nullable(),
  reason: z.string(),
  todo: z.string(),
})

export interface ProbeOptions {
  /** the child's program; replaced where the sources are bundled */
  program?: string
  environment?: NodeJS.ProcessEnv
  timeoutMilliseconds?: number
}

/** Tries a provider in a process of its own. Never throws: a crash or a hang is an answer. */
export async function probeProvider(provider: Provider, options: ProbeOptions = {}): Promise<ProviderStatus> {
  const { program = fileURLToPath(new URL('./probe-entry.ts', import.meta.url)), timeoutMilliseconds = 120_000 } = options
  const failed = (reason: string, todo: string): ProviderStatus => ({ asked: provider, executed: null, device: '', since: null, reason, todo })
  let answer: ProviderStatus | undefined
  const { end, lastWords } = await runThrowAway(program, provider, {
    limitMilliseconds: timeoutMilliseconds,
    environment: options.environment,
    onLine: (line) => (answer = lineOf(statusSchema, line)), // its last one counts
  })
  if (answer) return answer
  if (end === 'SIGKILL') return failed(`Trying ${provider} took longer than ${timeoutMilliseconds / 1000} seconds.`, 'Choose another provider.')
  return failed(`Asking for ${provider} ended the probing process (${end}). ${lastWords}`.trim(), 'Mend the driver, or choose the CPU.')
}
