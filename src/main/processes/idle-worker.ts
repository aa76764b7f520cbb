/**
 * A worker process that is started for the first question and ended when nobody has asked for a while, which gives its memory back. A question may have
 * a deadline: the process that misses it is ended, and what others had asked of it is asked again.
 */
import type { z } from 'zod'
import { lateAnswer } from '#engine/files/deadline.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import { startWorker, type Worker, type WorkerOptions } from './worker-host.ts'

export interface IdleWorkerOptions extends WorkerOptions {
  /**
   * Questions under way at a time; the others wait and their time does not run. Absent: all. Urgent ones go first, then the newest: whoever asked long
   * ago (for pictures that were scrolled past) has mostly gone on.
   */
  atOnce?: number
}

export interface AskOptions {
  /** Milliseconds until the process must have answered. */
  within?: number
  /** Begins the sentence about what did not answer in time. */
  about?: string
  /** Ends the process, and the question with `cancelled`. */
  signal?: AbortSignal
  /** Looked at when the question's turn comes: an error in place of asking. */
  refuse?: () => AppError | undefined
  /** Somebody waits for this one. */
  urgent?: boolean
  /** Called where its turn does not come at once, with what makes it the newest of those that wait. */
  onWaiting?: (renew: () => void) => void
}

export interface IdleWorker {
  /** Throws the AppError that came back, `unavailable` past the deadline, or `crashed` where the process ended: the next question starts it again. */
  ask<Answer>(name: string, input: object, answer: z.ZodType<Answer>, how?: AskOptions): Promise<Answer>
  close(): Promise<void>
}

export function createIdleWorker({ atOnce = Infinity, ...options }: IdleWorkerOptions, idleMilliseconds: number): IdleWorker {
  let worker: Promise<Worker> | undefined
  let underWay = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const waiting: { urgent: boolean; go: () => void }[] = []
  /** Processes that were ended because of one question: the others' are asked again. */
  const endedForOne = new WeakSet<Worker>()

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
  const end = (guilty: Worker): void => {
    endedForOne.add(guilty)
    void living().then((current) => {
      if (current === guilty) worker = undefined
    })
    guilty.kill()
  }

  const askOnce = async <Answer>(name: string, input: object, answer: z.ZodType<Answer>, { within, about, signal }: AskOptions): Promise<Answer | 'again'> => {
    const current = await living()
    let late: NodeJS.Timeout | undefined
    let onAbort: (() => void) | undefined
    const broken = new Promise<'late' | 'aborted'>((resolve) => {
      if (within !== undefined) late = setTimeout(() => resolve('late'), within)
      onAbort = () => resolve('aborted')
      if (signal?.aborted === true) onAbort()
      signal?.addEventListener('abort', onAbort, { once: true })
    })
    const reply = current.request(name, input, answer).then((value) => ({ value }))
    reply.catch(() => undefined)
    try {
      const outcome = await Promise.race([reply, broken])
      if (typeof outcome === 'object') return outcome.value
      end(current)
      switch (outcome) {
        case 'late':
          throw lateAnswer(about ?? `The ${options.name} process`, within ?? 0)
        case 'aborted':
          throw new AppError('cancelled', 'The work was cancelled.', { kept: 'Nothing was changed.' })
        default:
          return assertNever(outcome)
      }
    } catch (error) {
      // A process that was ended for another's question leaves this one unanswered.
      if (error instanceof AppError && error.code === 'crashed' && endedForOne.has(current) && !closed) return 'again'
      throw error
    } finally {
      clearTimeout(late)
      if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort)
    }
  }

  return {
    async ask(name, input, answer, how = {}) {
      clearTimeout(timer)
      if (underWay >= atOnce)
        await new Promise<void>((go) => {
          const place = { urgent: how.urgent === true, go }
          waiting.push(place)
          how.onWaiting?.(() => {
            const index = waiting.indexOf(place)
            if (index !== -1) waiting.push(...waiting.splice(index, 1))
          })
        })
      else underWay++
      try {
        for (;;) {
          const refusal = how.refuse?.()
          if (refusal !== undefined) throw refusal
          const found = await askOnce(name, input, answer, how)
          if (found !== 'again') return found
        }
      } finally {
        const urgent = waiting.findLastIndex((one) => one.urgent)
        const [next] = waiting.splice(urgent === -1 ? waiting.length - 1 : urgent, 1)
        if (next === undefined) underWay--
        else next.go()
        if (underWay === 0) timer = setTimeout(() => void close(), idleMilliseconds).unref()
      }
    },
    close: () => {
      closed = true
      return close()
    },
  }
}
