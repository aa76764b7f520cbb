/** What a look at a scored set gives: histograms, words, objects and kinds of all of it and of what filters leave, each with its interval against the rest. */
import type { FailureKind } from '../failures.ts'
import type { Measure, ObjectRole, Side, WordRole } from './filters.ts'

/** A mean over the images that filters leave, and over the others. */
export interface AgainstRest {
  /** images that the measure is known of */
  images: number
  mean: number | null
  /** 95 % interval of the mean over images (Student's) */
  interval: Span | null
  rest: number | null
  /** mean − rest with its 95 % interval (Welch's); null where either side has fewer than two images */
  difference: (Span & { value: number }) | null
}

export interface Span {
  low: number
  high: number
}

export interface Bar {
  /** Null: all that is lower is in it too. */
  from: number | null
  /** Null: all that is higher is in it too. */
  to: number | null
  /** images of the whole set, and of what filters leave */
  all: number
  selected: number
}

export interface Histogram extends AgainstRest {
  measure: Measure
  bars: Bar[]
}

/** A share of the images that filters leave, and of the others. */
export interface ShareAgainstRest {
  images: number
  share: number
  rest: number | null
  /** share − rest with its 95 % interval (Newcombe's) */
  difference: (Span & { value: number }) | null
}

export interface KindRow extends ShareAgainstRest {
  kind: FailureKind
}

/** A word or an object with the captions among what filters leave, and their mean score against that of the others left. */
export interface NameRow {
  name: string
  /** images left that have it, and images of the whole set */
  selected: number
  all: number
  score: number | null
  /** score with it − score without it, among the images left, with its 95 % interval */
  difference: (Span & { value: number }) | null
}

export interface WordRow extends NameRow {
  role: WordRole
}

export interface ObjectRow extends NameRow {
  role: ObjectRole
  /** The caption's own words for it, most frequent first: what was invented, as it was said. */
  terms: { term: string; images: number }[]
}

export interface SideLook {
  side: Side
  histograms: Histogram[]
  kinds: KindRow[]
  missed: WordRow[]
  said: WordRow[]
  invented: ObjectRow[]
  mentioned: ObjectRow[]
}

export interface FailureLook {
  /** images of the set with a score of the metric (of both models, where there are two), and those that filters leave */
  images: number
  selected: number
  /** Scored before captions were measured: scoring the set again makes it known. */
  measured: boolean
  sides: SideLook[]
  /** The other model's score less the first one's on the same images, over the images left, against the rest; null of one model. */
  between: AgainstRest | null
}
