/** Slices: filters that are kept under a name, with the images they leave; and those that are found because a model is worst there. */
import type { EvaluationSet, MetricName } from '../domain.ts'
import type { SliceFilter } from './filters.ts'
import type { AgainstRest, Span } from './look.ts'

export interface Slice {
  id: number
  name: string
  filters: SliceFilter[]
  /** whose captions the filters are of, and on which set by which metric */
  modelId: string
  otherId: string | null
  set: EvaluationSet
  metric: MetricName
  author: string
  createdAt: string
}

/** One model on the images of a slice. */
export interface SliceScore extends AgainstRest {
  modelId: string
}

/** A slice's size, and every model that its set was scored with, oldest first, on the same images. */
export interface SliceHistory {
  /** 0 where the model it was kept of is scored there no more */
  images: number
  of: number
  scores: SliceScore[]
}

/** A slice that was found. */
export interface FoundSlice extends AgainstRest {
  filters: SliceFilter[]
  /** All of its photos. `images` are those that judge it: of a cluster of errors, those that it was not fitted to. */
  photos: number
  /** words that references of its photos say more often than those of others, most so first */
  words: string[]
  /** interval of the difference that holds for all slices tried together (Bonferroni's), and p after Holm's correction over them */
  corrected: Span
  p: number
  /** What the set's mean would gain at least, were the slice as good as the rest: the corrected interval's end nearest to nothing, times its share. Slices go by it. */
  cost: number
  /** the difference in standard deviations of the score */
  effect: number
}

export interface FoundSlices {
  /** Slices that were tried: the correction is over all of them. */
  tried: number
  slices: FoundSlice[]
}
