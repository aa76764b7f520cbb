/**
 * Photos decoded by a process of their own, over a port. A process that has grown is left for a new one; one that ended (a decoder that crashed over a
 * photo, a kill) is replaced, and what it had not answered is asked again one by one, so that only the photo at fault fails.
 */
import { AppError, fromReport, type ErrorReport } from '#shared/errors.ts'
import type { PhotoTaskKind, PhotoTaskRunner, PhotoTasks } from './photo-tasks.ts'

/** One end of a line between two processes; messages are copied. */
export interface PhotoPort {
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  /** The other end is gone. */
  onClose(listener: () => void): void
  close(): void
}

export interface PhotoQuestion<Kind extends PhotoTaskKind = PhotoTaskKind> {
  id: number
  kind: Kind
  task: PhotoTasks[Kind]['task']
}

/** `memory`: resident bytes of the process that answers. */
export type PhotoAnswer = { id: number; memory: number } & ({ answer: PhotoTasks[PhotoTaskKind]['answer'] } | { error: ErrorReport })

/** Bytes that a process may grow by before a new one takes over: some hundred photos where nothing is given back. */
const mostGrowth = 128 * 1024 * 1024

interface Line {
  port: PhotoPort
  pending: Map<number, (outcome: PhotoAnswer | 'ended') => void>
  /** Resident bytes at its first answer. */
  first: number | undefined
}

/** `open` starts a process that `servePhotos` and gives the port to it. */
export function photoLine(open: () => Promise<PhotoPort>, growth = mostGrowth): PhotoTaskRunner {
  const shared = renewedLine(open, growth)
  const careful = renewedLine(open, growth)
  let lastCareful: Promise<unknown> = Promise.resolve()
  return async (kind, task) => {
    let outcome = await shared(kind, task)
    if (outcome === 'ended') {
      const alone = lastCareful.then(() => careful(kind, task))
      lastCareful = alone.catch(() => undefined)
      outcome = await alone
    }
    if (outcome === 'ended')
      throw new AppError('crashed', 'The decoder ended without an answer over this photo.', { todo: 'Replace the file or leave it out.' })
    if ('error' in outcome) throw fromReport(outcome.error)
    // `servePhotos` answers each kind with its own type: it and this module are one program.
    return outcome.answer
  }
}

type Ask = <Kind extends PhotoTaskKind>(kind: Kind, task: PhotoTasks[Kind]['task']) => Promise<PhotoAnswer | 'ended'>

/** A process for the first question, and another one where it has grown or ended. */
function renewedLine(open: () => Promise<PhotoPort>, growth: number): Ask {
  let current: Promise<Line> | undefined
  let nextId = 1
  const living = (): Promise<Line> => {
    if (current !== undefined) return current
    const opening = open().then((port) => {
      const line: Line = { port, pending: new Map(), first: undefined }
      const forget = (): void => {
        if (current === opening) current = undefined
      }
      port.onMessage((message) => {
        const answer = message as PhotoAnswer
        line.first ??= answer.memory
        if (answer.memory - line.first > growth) forget()
        line.pending.get(answer.id)?.(answer)
        line.pending.delete(answer.id)
        if (current !== opening && line.pending.size === 0) port.close()
      })
      port.onClose(() => {
        forget()
        for (const settle of line.pending.values()) settle('ended')
        line.pending.clear()
      })
      return line
    })
    current = opening
    opening.catch(() => {
      if (current === opening) current = undefined
    })
    return opening
  }
  return async (kind, task) => {
    const { port, pending } = await living()
    const id = nextId++
    return new Promise((settle) => {
      pending.set(id, settle)
      port.post({ id, kind, task } satisfies PhotoQuestion)
    })
  }
}
