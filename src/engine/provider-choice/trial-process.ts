/** Measuring a provider from Node (the CLI, benchmarks, tests): in a child process, so that a driver that crashes or hangs takes nothing else with it. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { trialWorks, type TrialWork } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { parseJson } from '#shared/json.ts'
import { tooLong, trialSchema, type Trial, type TrialRequest } from './trial-request.ts'

export interface TrialOptions {
  /** Past these the process is killed, and the answer is that it took too long. */
  limitSeconds: number
  signal?: AbortSignal | undefined
  onWork?: (work: TrialWork) => void
  /** The child's program, where it is not this folder's. */
  program?: string
}

const lineSchema = z.union([z.object({ work: z.enum(trialWorks) }), z.object({ trial: trialSchema })])

/** A crash or a hang is an answer. @throws AppError `cancelled` */
export async function tryProvider(request: TrialRequest, { limitSeconds, signal, onWork, program }: TrialOptions): Promise<Trial | { reason: string }> {
  const file = program ?? fileURLToPath(new URL('./trial-entry.ts', import.meta.url))
  const child = spawn(process.execPath, [file, JSON.stringify(request)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = (): void => void child.kill('SIGKILL') // inside of a driver it hears nothing else
  let late = false
  const timer = setTimeout(() => {
    late = true
    kill()
  }, limitSeconds * 1000)
  signal?.addEventListener('abort', kill, { once: true })
  if (signal?.aborted === true) kill()
  let trial: Trial | undefined
  let complaints = ''
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = lineSchema.safeParse(tolerant(text))
    if (!line.success) return // what a driver has to say
    if ('trial' in line.data) trial = line.data.trial
    else onWork?.(line.data.work)
  })
  child.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4000)))
  const end = await new Promise<string>((done) => {
    child.on('error', (error) => done(error.message))
    child.on('close', (code, ended) => done(ended ?? `exit code ${code ?? 0}`))
  })
  clearTimeout(timer)
  signal?.removeEventListener('abort', kill)
  if (signal?.aborted === true) throw new AppError('cancelled', 'Measuring the providers was cancelled.', { kept: 'The provider stays as it was.' })
  if (trial !== undefined) return trial
  if (late) return { reason: tooLong(limitSeconds) }
  return { reason: `Its process ended (${end}). ${complaints.trim().split('\n').at(-1) ?? ''}`.trim() }
}

function tolerant(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
