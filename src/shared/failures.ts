/** What goes wrong in captions beyond a low score: the kinds that an image may show, and what a scored set shows as a whole. */
import { z } from 'zod'

export const failureKinds = [
  'invented-object',
  'missed-rare-word',
  'repeated-word',
  'repeated-trigram',
  'bad-ending',
  'short',
  'long',
  'copied',
  'empty',
] as const
export type FailureKind = (typeof failureKinds)[number]

const share = z.number().min(0).max(1)

/** Everything is measured over the tokens that the scores were computed from. */
export const failureSummarySchema = z.object({
  images: z.number().int(),
  /** images that show each kind; absent where it cannot be known */
  kinds: z.partialRecord(z.enum(failureKinds), z.number().int()),
  length: z.object({
    candidateMean: z.number(),
    referenceMean: z.number(),
    /** candidate words over the words of the closest references; below 1 BLEU punishes */
    brevityRatio: z.number(),
    /** mean CIDEr by caption length, from `from` to `to` words */
    cider: z.array(z.object({ from: z.number().int(), to: z.number().int(), images: z.number().int(), mean: z.number() })),
  }),
  /** recall of the references' words by how often they occur where `frequencies` says; `most` null = without bound */
  rareWords: z.array(z.object({ least: z.number().int(), most: z.number().int().nullable(), words: z.number().int(), recall: share.nullable() })),
  frequencies: z.enum(['training', 'references']),
  vocabulary: z.object({
    candidates: z.number().int(),
    references: z.number().int(),
    neverSaidShare: share,
    distinct1: z.number(),
    distinct2: z.number(),
  }),
  /** share of the distinct captions that no training caption equals; null where there are none to compare with */
  novelShare: share.nullable(),
  chair: z.object({
    chairI: share.nullable(),
    chairS: share,
    mentions: z.number().int(),
    basis: z.enum(['instances and references', 'reference-based', 'mixed']),
    /** most frequent first */
    byClass: z.array(z.object({ name: z.string(), hallucinated: z.number().int(), mentioned: z.number().int() })),
  }),
})
export type FailureSummary = z.infer<typeof failureSummarySchema>

/** One image of a worst-first list. */
export const failureTitles: Record<FailureKind, { title: string; meaning: string }> = {
  'invented-object': { title: 'Invented object', meaning: 'The caption names an object that no reference names' },
  'missed-rare-word': { title: 'Rare word missed', meaning: 'Most references say a word that training holds at most ten times; the caption does not' },
  'repeated-word': { title: 'Word twice in a row', meaning: 'A word follows itself' },
  'repeated-trigram': { title: 'Repeated phrase', meaning: 'Three words in a row occur twice' },
  'bad-ending': { title: 'Cut-off ending', meaning: 'The caption ends with an article, a preposition or the like' },
  short: { title: 'Too short', meaning: 'Fewer than three fifths of the words of a reference' },
  long: { title: 'Too long', meaning: 'More than eight fifths of the words of a reference' },
  copied: { title: 'Copied from training', meaning: 'A training caption says just the same' },
  empty: { title: 'Empty', meaning: 'The caption has no word' },
}

export interface WorstImage {
  imageId: number
  fileName: string
  caption: string
  /** what it was judged against */
  references: string[]
  score: number
  kinds: FailureKind[]
  /** objects that nothing shows, as the caption calls them */
  invented: { name: string; term: string }[]
  /** what the model beside it says; null where none is looked at, or it was not scored there */
  other: { caption: string; score: number; invented: { name: string; term: string }[] } | null
}

/** What has to be said beside CHAIR wherever the objects of some photos are known from references alone. */
export const overstates =
  'CHAIR overstates here: an object that is in the photo but in none of its references counts as invented. With instances (COCO instances JSON) it does not.'
