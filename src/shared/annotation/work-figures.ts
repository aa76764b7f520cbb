/** How somebody's work goes: what was decided, how fast, and how much of it had to be changed. */
import { z } from 'zod'

/** Whose work (null: everybody's), over how many of the last days (null: all). */
export const workQuerySchema = z.object({ author: z.string().max(200).nullable(), days: z.number().int().min(1).max(3660).nullable() })
export type WorkQuery = z.infer<typeof workQuerySchema>

/** Decisions one by one; what was decided about many images at once is counted apart, for nobody looked at each. */
export interface WorkFigures {
  /** Captions accepted or corrected. */
  captions: number
  accepted: number
  corrected: number
  rejected: number
  skipped: number
  inBulk: number
  /** While at work: pauses of more than five minutes do not count. Null before there were two decisions in a row. */
  perHour: number | null
  /** From one decision to the next. */
  medianSeconds: number | null
  /** Of the captions. */
  acceptedShare: number | null
  /** Words inserted and deleted a correction, on average. */
  editDistance: number | null
}

export interface WorkGroup extends WorkFigures {
  /** A day as 2026-11-29, an author or a model. */
  name: string
}

export interface Work {
  today: WorkFigures
  whole: WorkFigures
  days: WorkGroup[]
  models: WorkGroup[]
  /** Everybody's, whoever is asked for. */
  authors: WorkGroup[]
}
