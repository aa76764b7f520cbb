/** What a captioner is asked about a caption of an image: where it looked, what else it could have written, what it would miss. */

/** A word as a captioner chooses it: one of its vocabulary, the caption's end, or whatever word it does not know. */
export interface ChosenWord {
  kind: 'word' | 'end' | 'unknown'
  /** Empty for the end. */
  word: string
}

export interface WordAlternative extends ChosenWord {
  /** Given the words before it. */
  probability: number
}

/** Where a model looks for each word of a caption of an image. */
export interface CaptionAttention {
  words: {
    word: string
    /** False: to the model it is UNK. */
    known: boolean
    /** Given the words before it. */
    probability: number
    /** 1: the model found no word more probable here. */
    rank: number
    /** The most probable words here, best first, the caption's own among them where its rank is high enough. */
    alternatives: WordAlternative[]
    /** How much each place was attended to; 1 together, less what has no place (a class token, padding). */
    weights: number[]
  }[]
  /** In shares of the image's width and height. */
  places: { left: number; top: number; width: number; height: number }[]
}

/** What each place does for a word, and whether attention says the same. */
export interface OccludedWord {
  /** How much less probable the word is with each place taken away; below 0: more probable. */
  falls: number[]
  /** Kendall's τ-b of falls with attention, over places; null where either is the same everywhere. */
  agreement: number | null
}

/** What a model misses of an image when one place at a time is taken away. */
export interface CaptionOcclusion {
  /** `hidden`: as if the region had not been found. `mean`: the cell's features give way to the mean of all cells. */
  removal: 'hidden' | 'mean'
  words: OccludedWord[]
  /** The mean over words. */
  together: OccludedWord
}

/** A prefix that a beam search considered: a word, after those of the nodes above it. */
export interface BeamWord extends ChosenWord {
  /** Given the words before it. */
  probability: number
  /** Log-probability of the whole prefix. */
  sum: number
  /** `cut`: the longest caption ended it. `stopped`: it could no longer beat those that had ended. `dropped`: others were better. */
  fate: 'goes-on' | 'ended' | 'cut' | 'stopped' | 'dropped'
  /** The place of the caption that ends here among those found, from 0; null where none does. */
  rank: number | null
  /** Best first. */
  children: BeamWord[]
}

/** How the captions of an image were found. */
export interface BeamTree {
  beams: number
  /** Best first. */
  captions: { text: string; logProbability: number }[]
  firstWords: BeamWord[]
}
