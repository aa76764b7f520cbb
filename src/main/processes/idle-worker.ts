/** A worker process that is started for the first question and ended when nobody has asked for a while, which gives its memory back. */
import type { z } from 'zod'
import { startWorker, type Worker, type WorkerOptions } from './worker-host.ts'

export interface IdleWorker {
  /** Throws the AppError that came back, or `crashed` where the process ended: the next question starts it again. */
  ask<Answer>(name: string, input: object, answer: z.ZodType<Answer>): Promise<Answer>
  close(): Promise<void>
}

export function createIdleWorker(options: WorkerOptions, idleMilliseconds: number): IdleWorker {
  let worker: Promise<Worker> | undefined
  let underWay = 0
  let timer: NodeJS.Timeout | undefined

  const living = (): Promise<Worker> => {
    if (worker === undefined) {
      const starting = startWorker(options)
      const forget = (): void => {
        if (worker === starting) worker = undefined
      }
      starting.then((started) => started.ended.then(forget), forget)
      worker = starting
    }
    return worker
  }
  const close = async (): Promise<void> => {
    const ending = worker
    worker = undefined
    clearTimeout(timer)
    await (await ending?.catch(() => undefined))?.stop()
  }

  return {
    async ask(name, input, answer) {
      clearTimeout(timer)
      underWay++
      try {
        return await (await living()).request(name, input, answer)
      } finally {
        underWay--
        if (underWay === 0) timer = setTimeout(() => void close(), idleMilliseconds).unref()
      }
    },
    close,
  }
}
