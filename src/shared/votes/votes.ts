/**
 * Blind votes: two sides, each with a text for the same photos, and people who say which text is better without knowing whose it is. What a voter is
 * sent (`BlindPair`, `BallotTurn`) holds nothing that tells the sides apart.
 */
import { z } from 'zod'
import { evaluationSets } from '../metrics/evaluations.ts'

/** Whose texts: a model's best candidates, what people accepted or wrote, or a reference, drawn for each photo. */
export const voteSideSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('model'), modelId: z.string().min(1).max(200) }),
  z.object({ kind: z.literal('reviewed') }),
  z.object({ kind: z.literal('reference') }),
])
export type VoteSide = z.infer<typeof voteSideSchema>

/** More than anybody votes on. */
export const mostPairs = 5000

/** What a ballot is drawn from. The same recipe over the same texts draws the same ballot. */
export const ballotRecipeSchema = z
  .object({
    a: voteSideSchema,
    b: voteSideSchema,
    /** The photos: those of a set that models are judged on, of a saved list, or all. */
    photos: z
      .discriminatedUnion('kind', [
        z.object({ kind: z.literal('set'), set: z.enum(evaluationSets) }),
        z.object({ kind: z.literal('list'), listId: z.number().int().positive() }),
      ])
      .default({ kind: 'set', set: 'all' }),
    /** How many photos are drawn from those whose texts differ; fewer where there are fewer. */
    most: z.number().int().min(1).max(mostPairs).default(100),
    /** Of the pairs, how many come a second time, sides swapped. */
    repeatShare: z.number().min(0).max(0.5).default(0.1),
    seed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1),
  })
  .refine(({ a, b }) => JSON.stringify(a) !== JSON.stringify(b), 'the two sides are the same')
export type BallotRecipe = z.infer<typeof ballotRecipeSchema>

/** What a recipe comes to. */
export interface BallotPlan {
  /** Photos that have a text of both sides. */
  both: number
  /** Of these, photos whose two texts are the same: there is nothing to vote on. */
  same: number
  /** Photos drawn. */
  pairs: number
  /** Pairs that come again. */
  repeats: number
}

/** Fewer repeats say too little about a voter, where a ballot has room for as many. */
const fewestRepeats = 5

/** How many of so many pairs come again: a share, at least five, at most half; none where none are asked for. */
export function repeatsOf(pairs: number, share: number): number {
  if (share === 0) return 0
  return Math.min(Math.floor(pairs / 2), Math.max(Math.round(share * pairs), fewestRepeats))
}

/** What texts that were found come to. */
export function planOf({ both, same }: Pick<BallotPlan, 'both' | 'same'>, { most, repeatShare }: Pick<BallotRecipe, 'most' | 'repeatShare'>): BallotPlan {
  const pairs = Math.min(both - same, most)
  return { both, same, pairs, repeats: repeatsOf(pairs, repeatShare) }
}

export const voteChoices = ['left', 'right', 'tie', 'skip'] as const
/** What a voter says of a pair as it stands before them. */
export type VoteChoice = (typeof voteChoices)[number]

export interface Ballot {
  id: number
  name: string
  a: VoteSide
  b: VoteSide
  aTitle: string
  bTitle: string
  /** Photos; those whose two texts were the same are not among them. */
  pairs: number
  same: number
  repeats: number
  seed: number
  author: string
  createdAt: string
  closedAt: string | null
  closedBy: string | null
  /** People who voted. */
  voters: number
  /** Answered by whoever asks, of so many. */
  done: number
  of: number
  /** Whoever asks has answered all and wants to know, or somebody closed the ballot. */
  revealed: boolean
}

/** Two texts for a photo, as they stand on the screen. */
export interface BlindPair {
  pairId: number
  imageId: number
  left: string
  right: string
}

/** What is before a voter. */
export interface BallotTurn {
  ballotId: number
  name: string
  done: number
  of: number
  /** Null: all are answered. */
  pair: BlindPair | null
  /** The photo after that one. */
  ahead: number | null
  /** Is there a vote to take back, or one to give again? */
  undo: boolean
  redo: boolean
}

/** A share or a coefficient with its 95 % interval. */
export interface Figured {
  value: number
  low: number
  high: number
}

/** What one voter, or all, said; repeats count for `self` and `left` alone. */
export interface VoterFigures {
  /** Null: all. */
  voter: string | null
  aWins: number
  bWins: number
  ties: number
  skipped: number
  /** The share of votes for A, ties half. */
  winRate: Figured | null
  /** Of the votes for a side, those for the left one. */
  left: Figured | null
  /** Repeated pairs, and how many were answered the same. */
  repeated: number
  repeatedSame: number
  self: Figured | null
}

/** How far votes of different people on the same pair agree. */
export interface VotersAgreement {
  /** Pairs that several voted on. */
  pairs: number
  /** Mean over pairs of the share of couples of voters who said the same. */
  share: Figured
  /** Fleiss' κ; null where everybody always said the same thing. */
  kappa: Figured | null
}

/** How far a metric puts the two texts in the order that voters do. */
export interface MetricAgreement {
  metric: string
  photos: number
  votes: number
  /** Of the votes for a side, those on a pair whose metric differs, and those that it agrees with. */
  decided: number
  agreeing: number
  /** Kendall's τ-b; null where the metric or the voters never differ. */
  tau: Figured | null
}

export interface VoteResults {
  ballot: Ballot
  all: VoterFigures
  voters: VoterFigures[]
  between: VotersAgreement | null
  /** Photos on which more votes went to the other side, in the order of the ballot. */
  lost: { a: number[]; b: number[] }
  /** Highest τ first. */
  metrics: MetricAgreement[]
  /** Metrics that could not be computed, and why. */
  leftOut: { metrics: string[]; reason: string }[]
}

/** Which side the votes prefer: null where the interval holds one half. */
export function preferred({ winRate }: Pick<VoterFigures, 'winRate'>): 'a' | 'b' | null {
  if (winRate === null) return null
  if (winRate.low > 0.5) return 'a'
  return winRate.high < 0.5 ? 'b' : null
}
