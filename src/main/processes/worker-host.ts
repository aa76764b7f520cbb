/**
 * Supervision of one worker process: it must become ready in time, every request gets a reply or an error, a cancelled request gets some
 * grace before the process is killed, and a process that ends without a word rejects what was under way as `crashed`. Nothing is replayed.
 */
import type { z } from 'zod'
import { AppError, fromReport, toReport } from '#shared/errors.ts'
import { fromWorkerSchema } from './worker-protocol.ts'
import type { FromWorker, ToWorker } from './worker-protocol.ts'

/** A process as the supervisor sees it: Electron's utility process in the app, a plain Node child in tests. */
export interface ChildProcess {
  readonly pid: number | undefined
  send(message: ToWorker): void
  onMessage(listener: (message: unknown) => void): void
  onExit(listener: (code: number) => void): void
  /** Ends the process at once. */
  kill(): void
}

export interface WorkerOptions {
  /** Its name in messages to a person: "training". */
  name: string
  fork: () => ChildProcess
  onEvent?: (event: unknown) => void
  /** Answers what the worker asks. */
  onAsk?: (question: unknown) => Promise<unknown>
  /** Milliseconds until it must have said that it is ready. */
  readyWithin?: number
  /** Milliseconds between a polite stop and the kill. */
  stopWithin?: number
}

export interface RequestOptions {
  signal?: AbortSignal
  /** Milliseconds a cancelled request may take to wind up before its process is killed. */
  cancelWithin?: number
  /** And how long the process may give no sign of life meanwhile: one that was stopped, or hangs, is not waited for. */
  silentWithin?: number
}

export interface Worker {
  readonly pid: number | undefined
  readonly alive: boolean
  request<Output>(name: string, input: unknown, output: z.ZodType<Output>, options?: RequestOptions): Promise<Output>
  pause(paused: boolean): void
  /** Ends the process at once. */
  kill(): void
  /** Asks the process to end, and kills it where it does not. */
  stop(): Promise<void>
  /** Resolves with the exit code, however it ended. */
  readonly ended: Promise<number>
}

interface Pending {
  resolve: (value: unknown) => void
  reject: (error: AppError) => void
}

/** Starts a worker process and resolves when it is ready. Throws `crashed` where it ends or stays silent before. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { name, readyWithin = 60_000, stopWithin = 5000 } = options
  const child = options.fork()
  const pending = new Map<number, Pending>()
  let nextId = 1
  /** When the process last said anything. */
  let heard = Date.now()
  let state: 'starting' | 'ready' | 'stopping' | 'ended' = 'starting'
  let tellReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => (tellReady = resolve))
  let tellEnded: (code: number) => void = () => undefined
  const ended = new Promise<number>((resolve) => (tellEnded = resolve))

  child.onExit((code) => {
    const asked = state === 'stopping'
    state = 'ended'
    const error = asked ? new AppError('cancelled', `The ${name} process was stopped.`) : crashed(name, code)
    for (const request of pending.values()) request.reject(error)
    pending.clear()
    tellEnded(code)
  })
  child.onMessage((message) => {
    heard = Date.now()
    const parsed = fromWorkerSchema.safeParse(message)
    if (parsed.success) receive(parsed.data)
    else child.kill() // a process that speaks another language is as good as crashed
  })

  const receive = (message: FromWorker): void => {
    switch (message.type) {
      case 'ready':
        if (state === 'starting') state = 'ready'
        tellReady()
        return
      case 'pulse':
        return
      case 'event':
        options.onEvent?.(message.event)
        return
      case 'ask':
        void answer(message.id, message.question)
        return
      case 'reply': {
        const request = pending.get(message.id)
        pending.delete(message.id)
        if (message.reply.ok) request?.resolve(message.reply.value)
        else request?.reject(fromReport(message.reply.error))
      }
    }
  }
  const answer = async (id: number, question: unknown): Promise<void> => {
    try {
      if (options.onAsk === undefined) throw new AppError('internal', `The ${name} process asked something nobody answers.`)
      send({ type: 'answer', id, reply: { ok: true, value: await options.onAsk(question) } })
    } catch (error) {
      send({ type: 'answer', id, reply: { ok: false, error: toReport(error) } })
    }
  }
  const send = (message: ToWorker): void => {
    if (state !== 'ended') child.send(message)
  }

  const request = async <Output>(verb: string, input: unknown, output: z.ZodType<Output>, how: RequestOptions = {}): Promise<Output> => {
    if (state === 'ended') throw crashed(name, await ended)
    if (how.signal?.aborted === true) throw new AppError('cancelled', 'The work was cancelled.')
    const id = nextId++
    const reply = new Promise<unknown>((resolve, reject) => pending.set(id, { resolve, reject }))
    const cancel = (): void => {
      send({ type: 'cancel', id, reason: String(how.signal?.reason) })
      const cancelled = Date.now()
      const { cancelWithin = 15_000, silentWithin = 5000 } = how
      // From now on it tells every second that it lives, unless it is stopped or hangs.
      const timer = setInterval(() => {
        const now = Date.now()
        if (now - cancelled > cancelWithin || now - Math.max(heard, cancelled) > silentWithin) child.kill()
      }, 100)
      void reply.catch(() => undefined).then(() => clearInterval(timer))
    }
    how.signal?.addEventListener('abort', cancel, { once: true })
    send({ type: 'request', id, name: verb, input })
    try {
      return output.parse(await reply)
    } finally {
      how.signal?.removeEventListener('abort', cancel)
    }
  }

  const stop = async (): Promise<void> => {
    if (state === 'ended') return
    send({ type: 'stop' })
    state = 'stopping'
    const timer = setTimeout(() => child.kill(), stopWithin)
    await ended
    clearTimeout(timer)
  }

  const outcome = await Promise.race([ready, ended, after(readyWithin)])
  if (typeof outcome === 'number') throw crashed(name, outcome)
  if (outcome === 'late') {
    child.kill()
    throw new AppError('crashed', `The ${name} process did not start within ${Math.round(readyWithin / 1000)} seconds.`, {
      todo: 'Try again; if it happens again, restart Capstan.',
    })
  }
  return {
    get pid() {
      return child.pid
    },
    get alive() {
      return state === 'ready'
    },
    request,
    pause: (paused) => send({ type: 'pause', paused }),
    kill: () => child.kill(),
    stop,
    ended,
  }
}

function crashed(name: string, code: number): AppError {
  return new AppError('crashed', `The ${name} process ended without an answer (code ${code}).`, {
    kept: 'Everything that was shown as saved is kept.',
    todo: 'Try again.',
  })
}

function after(milliseconds: number): Promise<'late'> {
  return new Promise((resolve) => setTimeout(() => resolve('late'), milliseconds).unref())
}
