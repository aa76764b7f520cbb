/** What a person decides about one of a photo's captions, and the words that captions and references are given in. */
import { z } from 'zod'
import { mostCaptions } from '../review.ts'
import { labelId, rating as oneRating } from './labels.ts'

export const text = z.string().max(100_000)
const withWords = (what: string) => text.refine((value) => value.trim() !== '', `${what} has words`)
export const referenceText = withWords('a reference')
export const errorList = z.array(labelId).max(100)
export const rating = oneRating.nullable()
/** The revision that the annotator saw: an older one is refused as a conflict. */
export const expectedRevision = z.number().int()
/** Of which of the photo's captions by people. */
export const slot = z
  .number()
  .int()
  .min(0)
  .max(mostCaptions - 1)

/** A decision about a caption. */
export const decisionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accept'), candidateId: z.number().int(), errorTypes: errorList.default([]), rating }),
  z.object({ kind: z.literal('correct'), candidateId: z.number().int().nullable(), text: withWords('a correction'), errorTypes: errorList, rating }),
  /** The candidate that was looked at, where there was one: it is what a run may learn not to say. */
  z.object({ kind: z.literal('reject'), candidateId: z.number().int().nullable().default(null), errorTypes: errorList, rating }),
  z.object({ kind: z.literal('skip') }),
  z.object({ kind: z.literal('reopen') }),
])
export type Decision = z.input<typeof decisionSchema>

export const projectSettingsChange = z.object({ captionsWanted: z.number().int().min(1).max(mostCaptions).exactOptional() })
