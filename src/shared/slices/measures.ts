/** What a scoring job finds of one caption beyond its scores. Words are tokens of the scores. */
import { z } from 'zod'

const words = z.array(z.string())

export const captionMeasuresSchema = z.object({
  words: z.number().int(),
  /** words over those of the closest reference; null where that has none */
  brevity: z.number().nullable(),
  /** words that training hardly holds, most references say, and the caption does not; null without training captions */
  rareMissed: z.number().int().nullable(),
  /** mean CIDEr-D of each reference against the others; null of a single reference */
  agreement: z.number().nullable(),
  /** each word of the caption once */
  said: words,
  /** words of most references that the caption lacks, rarest first */
  missed: words,
  /** words of any reference, each once: what the photo shows, as far as people said it */
  held: words,
  /** COCO classes that the caption names, in its own words, and whether nothing shows them */
  objects: z.array(z.object({ name: z.string(), term: z.string(), invented: z.boolean() })),
})
export type CaptionMeasures = z.infer<typeof captionMeasuresSchema>
