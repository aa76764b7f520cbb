/** Measuring a provider from Node (the CLI, benchmarks, tests): in a child process, so that a driver that crashes or hangs takes nothing else with it. */
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { lineOf, runThrowAway } from '#engine/runtime/throw-away.ts'
import { trialWorks, type TrialWork } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
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
  let trial: Trial | undefined
  const { end, late, lastWords } = await runThrowAway(file, JSON.stringify(request), {
    limitMilliseconds: limitSeconds * 1000,
    signal,
    onLine(text) {
      const line = lineOf(lineSchema, text)
      if (line === undefined) return
      if ('trial' in line) trial = line.trial
      else onWork?.(line.work)
    },
  })
  if (signal?.aborted === true) throw new AppError('cancelled', 'Measuring the providers was cancelled.', { kept: 'The provider stays as it was.' })
  if (trial !== undefined) return trial
  if (late) return { reason: tooLong(limitSeconds) }
  return { reason: `Its process ended (${end}). ${lastWords}`.trim() }
}
