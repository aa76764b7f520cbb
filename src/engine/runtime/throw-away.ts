/** A child process that a driver may end or keep for ever: it is given one argument, heard line by line, and killed at its limit. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { z } from 'zod'
import { parseJson } from '#shared/json.ts'

export interface ThrowAwayOptions {
  limitMilliseconds: number
  environment?: NodeJS.ProcessEnv | undefined
  /** Kills it. */
  signal?: AbortSignal | undefined
  onLine(line: string): void
}

export interface ThrownAway {
  /** The signal that ended it, its exit code, or why it could not be started. */
  end: string
  /** It was killed at its limit. */
  late: boolean
  /** The last line of its standard error. */
  lastWords: string
}

/** Resolves once the process is gone. Never throws. */
export async function runThrowAway(program: string, argument: string, options: ThrowAwayOptions): Promise<ThrownAway> {
  const { limitMilliseconds, environment, signal, onLine } = options
  const child = spawn(process.execPath, [program, argument], { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = (): void => void child.kill('SIGKILL') // inside of a driver it hears nothing else
  let late = false
  const timer = setTimeout(() => {
    late = true
    kill()
  }, limitMilliseconds)
  signal?.addEventListener('abort', kill, { once: true })
  if (signal?.aborted === true) kill()
  let complaints = ''
  createInterface({ input: child.stdout }).on('line', onLine)
  child.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4000)))
  const end = await new Promise<string>((done) => {
    child.on('error', (error) => done(error.message))
    child.on('close', (code, ended) => done(ended ?? `exit code ${code ?? 0}`))
  })
  clearTimeout(timer)
  signal?.removeEventListener('abort', kill)
  return { end, late, lastWords: complaints.trim().split('\n').at(-1) ?? '' }
}

/** What a line says; undefined for what a driver has to say. */
export function lineOf<Schema extends z.ZodType>(schema: Schema, line: string): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(parseJson(line)).data
  } catch {
    return undefined
  }
}
