/** METEOR's alignment of a caption with the reference that it is scored by: which words stand for which, and in how many pieces. */
import type { moduleNames } from './meteor-statistics.ts'

export interface AlignedWords {
  candidate: string
  reference: string
  by: (typeof moduleNames)[number]
}

export interface MeteorAlignment {
  /** The variant: what METEOR had at hand. */
  name: string
  score: number
  /** The best-scoring reference, the first of equals. */
  reference: string
  /** In the reference's order: words that follow each other on both sides. The fewer, the smaller the penalty for broken order. */
  chunks: AlignedWords[][]
  /** Words that stand for none. */
  unmatched: { candidate: string[]; reference: string[] }
}
