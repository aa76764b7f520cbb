/** Why a caption has its score: what each of its n-grams adds, what it lacks, and how far the references agree with each other. */

/** An n-gram that the caption shares with its references. */
export interface MatchedNgram {
  text: string
  order: number
  /** How often the caption holds it. */
  count: number
  /** References that hold it. */
  references: number
  /** Its inverse document frequency: rare n-grams tell more. */
  idf: number
  /** What it adds to CIDEr-D: together, and to 1e-9, the score. */
  part: number
}

/** An n-gram that references hold and the caption does not. */
export type MissingNgram = Omit<MatchedNgram, 'count' | 'part'>

/** One word of the caption, in order, with its share of the n-grams that it is in: together the CIDEr-D, too. */
export interface ExplainedWord {
  text: string
  part: number
}

export interface ExplainedReference {
  text: string
  /** CIDEr-D of the caption against this reference alone; the score is their mean. */
  cider: number
  /** CIDEr-D of this reference against the others: what a person reaches. Null where it has no others. */
  agreement: number | null
}

export interface ScoreExplanation {
  cider: number
  /** Images that the document frequencies were counted over. */
  images: number
  words: ExplainedWord[]
  /** The weightiest first. */
  matched: MatchedNgram[]
  /** Those that most would be gained by, first; the first few. */
  missing: MissingNgram[]
  references: ExplainedReference[]
  /** Mean agreement of the references with each other: the ceiling that people set. Null with a single reference. */
  ceiling: number | null
  bleu: {
    /** For orders 1 to 4: n-grams of the caption, and how many of them some reference holds (clipped). */
    orders: { correct: number; guess: number; value: number }[]
    candidateLength: number
    /** Of the reference nearest in length. */
    referenceLength: number
    brevityPenalty: number
  }
}
