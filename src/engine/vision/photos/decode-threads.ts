/**
 * Decodes in threads beside the one that encodes: a run of the encoder blocks its thread's event loop, and every photo that waits there for its
 * next step. The threads start with the first photo and stay. They hold no onnxruntime session.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { AppError, toReport } from '#shared/errors.ts'
import type { DecodedPhoto, DecodeRequest } from './decode-photo.ts'

/** Half of the cores: decoding and encoding share them. */
const threadCount = Math.max(1, Math.min(4, availableParallelism() >> 1))

/** Inside of Electron a process beside this one decodes: see `photo-tasks.ts`. */
export const threadsDecode = process.versions['electron'] === undefined

interface Thread {
  worker: Worker
  pending: Map<number, (photo: DecodedPhoto) => void>
}

const threads: Thread[] = []
let nextId = 1

/** Decodes a photo in the thread that has least to do. Never throws. */
export function decodeInThread(request: DecodeRequest): Promise<DecodedPhoto> {
  if (threads.length < threadCount) threads.push(startThread())
  const thread = threads.reduce((idlest, other) => (other.pending.size < idlest.pending.size ? other : idlest))
  return new Promise((resolve) => {
    const id = nextId++
    thread.pending.set(id, resolve)
    thread.worker.ref() // the process lives as long as somebody waits
    thread.worker.postMessage({ id, request })
  })
}

function startThread(): Thread {
  const worker = new Worker(new URL('./decode-thread.ts', import.meta.url))
  const pending: Thread['pending'] = new Map()
  const settle = (id: number, photo: DecodedPhoto): void => {
    pending.get(id)?.(photo)
    pending.delete(id)
    if (pending.size === 0) worker.unref()
  }
  const thread = { worker, pending }
  worker.unref()
  // The thread's own answers: it and this module are one program.
  worker.on('message', ({ id, photo }: { id: number; photo: DecodedPhoto }) => settle(id, photo))
  worker.on('error', (cause) => {
    threads.splice(threads.indexOf(thread), 1)
    const report = toReport(new AppError('crashed', `The decoding thread ended: ${toReport(cause).happened}`, { todo: 'Try again.', cause }))
    for (const id of [...pending.keys()]) settle(id, { kind: 'failed', report })
  })
  return thread
}
