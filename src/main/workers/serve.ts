/** The worker's half of the protocol: a table of handlers, each with its input schema, and what a handler may use while it runs. */
import type { z } from 'zod'
import { AppError, fromReport, toReport } from '#shared/errors.ts'
import { logError, openLog } from '#engine/log/log.ts'
import { toWorkerSchema } from '../processes/worker-protocol.ts'
import type { ToWorker, WorkerReply } from '../processes/worker-protocol.ts'
import { parentLine } from './port.ts'

/** What a handler may use: its cancel signal, events, questions to main, the pause. */
export interface WorkerContext {
  signal: AbortSignal
  event(event: unknown): void
  /** Resolves with main's answer; throws the AppError it reports. */
  ask(question: unknown): Promise<unknown>
  /** Resolves at once, or when a pause ends or the request is cancelled. */
  unpaused(): Promise<void>
}

export type Handlers = Record<string, { input: z.ZodType; run: (input: unknown, context: WorkerContext) => unknown }>

/** Ties a schema to its handler's input type. */
export function handler<Input>(input: z.ZodType<Input>, run: (input: Input, context: WorkerContext) => unknown): Handlers[string] {
  return { input, run: (raw, context) => run(input.parse(raw), context) }
}

/** Serves requests until main says stop; `onStop` closes what is open. `name` stands in the log. Returns the way to tell main an event outside a request. */
export function serve(name: string, handlers: Handlers, onStop: () => void | Promise<void> = () => undefined): (event: unknown) => void {
  openLog(name, { echo: true })
  // The supervisor sees no more than an exit code.
  process.on('uncaughtException', (error) => {
    logError('This process ends', error)
    process.exit(1)
  })
  const line = parentLine()
  const tell = (event: unknown): void => line.send({ type: 'event', event })
  const running = new Map<number, AbortController>()
  const questions = new Map<number, (reply: WorkerReply) => void>()
  let nextQuestion = 1
  let pulse: NodeJS.Timeout | undefined
  let pause: { ended: Promise<void>; end: () => void } | undefined

  const ask = async (question: unknown): Promise<unknown> => {
    const id = nextQuestion++
    const reply = await new Promise<WorkerReply>((resolve) => {
      questions.set(id, resolve)
      line.send({ type: 'ask', id, question })
    })
    if (!reply.ok) throw fromReport(reply.error)
    return reply.value
  }

  const unpaused = async (signal: AbortSignal): Promise<void> => {
    // a pause may follow a pause while this waits
    while (pause !== undefined && !signal.aborted) await Promise.race([pause.ended, aborted(signal)])
  }

  const handle = async (id: number, name: string, input: unknown): Promise<void> => {
    const controller = new AbortController()
    running.set(id, controller)
    const { signal } = controller
    const context: WorkerContext = { signal, event: tell, ask, unpaused: () => unpaused(signal) }
    let reply: WorkerReply
    try {
      const found = Object.hasOwn(handlers, name) ? handlers[name] : undefined
      if (found === undefined) throw new AppError('internal', `This process does not know "${name}".`)
      reply = { ok: true, value: await found.run(input, context) }
    } catch (error) {
      // a job that gives up because it was cancelled may throw the bare reason
      const gaveUp = signal.aborted && error === signal.reason
      reply = { ok: false, error: gaveUp ? toReport(new AppError('cancelled', 'The work was cancelled.')) : toReport(error) }
    }
    running.delete(id)
    line.send({ type: 'reply', id, reply })
  }

  const receive = (message: ToWorker): void => {
    switch (message.type) {
      case 'request':
        void handle(message.id, message.name, message.input)
        return
      case 'cancel':
        running.get(message.id)?.abort(message.reason)
        pulse ??= setInterval(() => line.send({ type: 'pulse' }), 1000).unref()
        return
      case 'pause':
        if (message.paused) pause ??= createPause()
        else {
          pause?.end()
          pause = undefined
        }
        return
      case 'answer': {
        const settle = questions.get(message.id)
        questions.delete(message.id)
        settle?.(message.reply)
        return
      }
      case 'stop':
        void Promise.resolve(onStop()).finally(() => process.exit(0))
    }
  }
  line.onMessage((message) => receive(toWorkerSchema.parse(message)))
  line.send({ type: 'ready' })
  return tell
}

function createPause(): { ended: Promise<void>; end: () => void } {
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => (end = resolve))
  return { ended, end }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
