/** Probing a provider from Node (the CLI, tests): in a child process, so that a driver that crashes takes nothing else with it. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { providers, type Provider, type ProviderStatus } from '#shared/domain.ts'

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
  const child = spawn(process.execPath, [program, provider], {
    env: { ...process.env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMilliseconds,
    killSignal: 'SIGKILL',
  })
  let output = ''
  let complaints = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  const end = await new Promise<string>((done) => {
    child.on('error', (error) => done(error.message))
    child.on('close', (code, signal) => done(signal === null ? `exit code ${code ?? 0}` : signal))
  })
  const answer = parseAnswer(output)
  if (answer) return answer
  if (end === 'SIGKILL') return failed(`Trying ${provider} took longer than ${timeoutMilliseconds / 1000} seconds.`, 'Choose another provider.')
  const lastWords = complaints.trim().split('\n').at(-1) ?? ''
  return failed(`Asking for ${provider} ended the probing process (${end}). ${lastWords}`.trim(), 'Mend the driver, or choose the CPU.')
}

/** The status in the child's last line, if it came that far. */
function parseAnswer(output: string): ProviderStatus | undefined {
  const line = output.trim().split('\n').at(-1) ?? ''
  try {
    return statusSchema.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}
