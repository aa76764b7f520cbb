/**
 * Threads that answer questions: as many as are wanted start one by one with the first questions and stay; each question goes to the one that has
 * least to do. A thread's program calls `answerQuestions`. The process lives as long as somebody waits for an answer, not longer.
 */
import { basename } from 'node:path'
import { parentPort, Worker, type Transferable } from 'node:worker_threads'
import { AppError, fromReport, toReport, type ErrorReport } from '#shared/errors.ts'

export interface Threads<Question, Answer> {
  /** Buffers named in `moved` are handed over instead of copied. @throws what answering throws; AppError `crashed` where the thread ended */
  ask(question: Question, moved?: Transferable[]): Promise<Answer>
  /** Ends the threads; nobody may wait for an answer. */
  close(): Promise<void>
}

type Outcome<Answer> = { answer: Answer } | { error: ErrorReport }

/** Where a bundle's programs are, each by its file's name. */
let bundled: URL | undefined

/** In a bundle: threads' programs are in this folder; undefined: beside those who start them, as in the sources. */
export function threadProgramsIn(folder: URL | undefined): void {
  bundled = folder
}

/** The program whose source is at `source`, which in a bundle lies elsewhere. */
export function programOf(source: URL): URL {
  return bundled === undefined ? source : new URL(basename(source.pathname).replace(/\.ts$/, '.js'), bundled)
}

interface Thread<Answer> {
  worker: Worker
  pending: Map<number, (outcome: Outcome<Answer>) => void>
}

/** `data` is what each thread is told at its start; `name` is what errors call them. */
export function openThreads<Question, Answer>(program: URL, { count, name, data }: { count: number; name: string; data?: unknown }): Threads<Question, Answer> {
  const threads: Thread<Answer>[] = []
  let nextId = 1

  const start = (): Thread<Answer> => {
    const worker = new Worker(program, { workerData: data })
    const pending: Thread<Answer>['pending'] = new Map()
    const thread = { worker, pending }
    const settle = (id: number, outcome: Outcome<Answer>): void => {
      pending.get(id)?.(outcome)
      pending.delete(id)
      if (pending.size === 0) worker.unref()
    }
    const end = (reason: string, cause?: unknown): void => {
      if (threads.includes(thread)) threads.splice(threads.indexOf(thread), 1)
      const error = toReport(new AppError('crashed', `The ${name} thread ended: ${reason}`, { todo: 'Try again.', cause }))
      for (const id of [...pending.keys()]) settle(id, { error })
    }
    worker.unref()
    // The thread's own answers: its program and this module are one.
    worker.on('message', ({ id, outcome }: { id: number; outcome: Outcome<Answer> }) => settle(id, outcome))
    worker.on('error', (cause) => end(toReport(cause).happened, cause))
    worker.on('exit', (code) => end(`it left with ${code}`))
    return thread
  }

  return {
    async ask(question, moved = []) {
      if (threads.length < count) threads.push(start())
      const thread = threads.reduce((idlest, other) => (other.pending.size < idlest.pending.size ? other : idlest))
      const outcome = await new Promise<Outcome<Answer>>((resolve) => {
        const id = nextId++
        thread.pending.set(id, resolve)
        thread.worker.ref()
        thread.worker.postMessage({ id, question }, moved)
      })
      if ('error' in outcome) throw fromReport(outcome.error)
      return outcome.answer
    },
    async close() {
      await Promise.all(threads.splice(0).map(({ worker }) => worker.terminate()))
    },
  }
}

/** A thread's program: answers each question, which is what `ask` of its threads was given. Buffers that `moved` names of an answer are handed over instead of copied. */
export function answerQuestions<Answer>(answer: (question: never) => Promise<Answer>, moved: (answer: Answer) => Transferable[]): void {
  parentPort?.on('message', ({ id, question }: { id: number; question: never }) => {
    answer(question).then(
      (given) => parentPort?.postMessage({ id, outcome: { answer: given } }, moved(given)),
      (error: unknown) => parentPort?.postMessage({ id, outcome: { error: toReport(error) } }),
    )
  })
}
