/**
 * What main and its worker processes say to each other. Main sends requests; a worker replies, tells events on the way and may ask main
 * something (a job asks for its batch to be committed). Payloads are checked again where they are used, by the schema of their own kind.
 */
import { z } from 'zod'
import { errorReportSchema } from '#shared/errors.ts'

export const replySchema = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.unknown() }),
  z.object({ ok: z.literal(false), error: errorReportSchema }),
])
export type WorkerReply = z.infer<typeof replySchema>

const id = z.number().int().positive()

export const toWorkerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('request'), id, name: z.string(), input: z.unknown() }),
  z.object({ type: z.literal('cancel'), id, reason: z.string() }),
  z.object({ type: z.literal('pause'), paused: z.boolean() }),
  z.object({ type: z.literal('answer'), id, reply: replySchema }),
  z.object({ type: z.literal('stop') }),
])
export type ToWorker = z.infer<typeof toWorkerSchema>

export const fromWorkerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** A sign of life, while a cancelled request winds up. */
  z.object({ type: z.literal('pulse') }),
  z.object({ type: z.literal('reply'), id, reply: replySchema }),
  z.object({ type: z.literal('event'), event: z.unknown() }),
  z.object({ type: z.literal('ask'), id, question: z.unknown() }),
])
export type FromWorker = z.infer<typeof fromWorkerSchema>
