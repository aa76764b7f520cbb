/**
 * Decodes in threads beside the one that encodes: a run of the encoder blocks its thread's event loop, and every photo that waits there for its
 * next step. The threads hold no onnxruntime session.
 */
import { availableParallelism } from 'node:os'
import { openThreads } from '#engine/runtime/threads.ts'
import { toReport } from '#shared/errors.ts'
import type { DecodedPhoto, DecodeRequest } from './decode-photo.ts'

/** Half of the cores: decoding and encoding share them. */
const count = Math.max(1, Math.min(4, availableParallelism() >> 1))

/** Inside of Electron a process beside this one decodes: see `photo-tasks.ts`. */
export const threadsDecode = process.versions['electron'] === undefined

const threads = openThreads<DecodeRequest, DecodedPhoto>(new URL('./decode-thread.ts', import.meta.url), { count, name: 'decoding' })

/** Decodes a photo in the thread that has least to do. Never throws. */
export function decodeInThread(request: DecodeRequest): Promise<DecodedPhoto> {
  return threads.ask(request).catch((error: unknown) => ({ kind: 'failed', report: toReport(error) }))
}
