/** What a fine-tuning run says of its result: the gate's judgement, and which corrections taught. */
import { z } from 'zod'
import type { Snapshot } from './domain.ts'

/** CIDEr-D of one set of photos before and after, with the 95 % paired bootstrap interval of the difference. */
export const gateSideSchema = z.object({
  photos: z.number().int(),
  before: z.number(),
  after: z.number(),
  difference: z.number(),
  low: z.number(),
  high: z.number(),
})
export type GateSide = z.infer<typeof gateSideSchema>

/**
 * `better`: corrections gained and the parent's domain was not lost; `traded`: corrections gained, and the domain lost beyond doubt;
 * `unclear`: the photos cannot tell;
 * `worse`: a side lost beyond doubt, or nothing was gained anywhere: the parent is kept.
 */
export const verdicts = ['better', 'traded', 'unclear', 'worse'] as const
export type Verdict = (typeof verdicts)[number]

/** What the parent's domain may lose, in CIDEr-D. */
export const toleratedLoss = 0.02
/** Fewer photos than this are no evidence of anything. */
export const fewestJudged = 5
/** A side's loss below this is a trifle, however sure: it ends no run. */
const trifle = 0.01

/** Both sides stand below the parent, at least one of them beyond doubt and by more than a trifle: more steps would only lose more. */
export function onlyLoses(gained: GateSide | null, kept: GateSide | null): boolean {
  const sides = [gained, kept].filter((side) => side !== null)
  return sides.length > 0 && sides.every(({ difference }) => difference < 0) && sides.some(({ high }) => high < -trifle)
}

/** By the photos where something was to be gained, and those where nothing was to be lost; null: too few of them. */
export function verdictOf(gained: GateSide | null, kept: GateSide | null): Verdict {
  if (gained !== null && gained.high < 0) return 'worse'
  if (kept !== null && kept.high < -toleratedLoss && (gained === null || gained.low <= 0)) return 'worse'
  if (onlyLoses(gained, kept)) return 'worse'
  const better = gained !== null && gained.low > 0
  if (better && kept !== null && kept.high < -toleratedLoss) return 'traded'
  return better && kept !== null && kept.low > -toleratedLoss ? 'better' : 'unclear'
}

export const gateReportSchema = z.object({
  verdict: z.enum(verdicts),
  /** Why, in one or two sentences. */
  reason: z.string(),
  /** Held-out corrections, which nothing learned from; null without enough of them. */
  corrections: gateSideSchema.nullable(),
  /** Photos with stored captions that were not rehearsed: what the parent could do before. */
  domain: gateSideSchema.nullable(),
  /** Share of what was learned that was kept. */
  keep: z.number(),
  /** How the run learned, and why so. */
  method: z.string(),
  /** Corrections that would be needed for held-out ones to tell; null where they told, or no number would. */
  moreCorrections: z.number().int().nullable(),
})
export type GateReport = z.infer<typeof gateReportSchema>

/** Held-out corrections of one error type, or whose correction brings one word. */
export const lessonSchema = z.object({
  name: z.string(),
  /** Corrections that taught it. */
  corrections: z.number().int(),
  /** Held-out photos that it is judged by. */
  photos: z.number().int(),
  /** Error types: mean CIDEr-D. Words: share of the photos whose caption has the word. */
  before: z.number(),
  after: z.number(),
})
export type Lesson = z.infer<typeof lessonSchema>

export const teachingReportSchema = z.object({
  errorTypes: z.array(lessonSchema),
  words: z.array(lessonSchema),
  /** Held-out photos, most worsened first. */
  worse: z.array(z.object({ imageId: z.number().int(), before: z.string(), after: z.string(), correction: z.string(), difference: z.number() })),
})
export type TeachingReport = z.infer<typeof teachingReportSchema>

/** A snapshot that came from a file. */
export interface ImportedSnapshot {
  snapshot: Snapshot
  /** Photos of the file that the workspace lacks: their texts are not in it. */
  missing: number
  /** Photos that are of the dev or test split here: their corrections are held out, their other texts are not in it. */
  judged: number
}
