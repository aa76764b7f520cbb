/** The part of the contract that finds where a model goes wrong: looks at a scored set through filters, and slices, which are filters that are kept. */
import { z } from 'zod'
import { evaluationSets, failureKinds, metricNames, type FailureSummary, type WorstImage } from '../domain.ts'
import { sliceFiltersSchema } from '../slices/filters.ts'
import type { FailureLook } from '../slices/look.ts'
import type { FoundSlices, Slice, SliceHistory } from '../slices/slices.ts'
import { verb } from './verb.ts'

const none = z.undefined()
const sliceId = z.number().int().positive()
const modelId = z.string().min(1)
const set = z.enum(evaluationSets)
/** A model on a set, with another beside it, by one metric, through filters. */
const look = z.object({ modelId, otherId: modelId.nullable().default(null), set, metric: z.enum(metricNames), filters: sliceFiltersSchema.default([]) })

export const failureVerbs = {
  failures: {
    /** What went wrong in a model's captions of a set when they were last scored; null where they were not. */
    summary: verb<FailureSummary | null>()('workspace', z.object({ modelId, set })),
    /** Histograms, words, objects and kinds of the set and of what filters leave, against the rest. */
    look: verb<FailureLook>()('workspace', look),
    /** The images with the lowest scores, worst first, that filters leave, with `kind` only those that show it. Of a set scored before captions were measured there is no other filter. */
    worst: verb<WorstImage[]>()('workspace', look.extend({ kind: z.enum(failureKinds).nullable().default(null), most: z.number().int().min(1).max(500) })),
    /** All images that filters leave, worst first. */
    images: verb<number[]>()('workspace', look),
  },
  slices: {
    list: verb<Slice[]>()('workspace', none),
    /** Keeps filters under a name, of the model and the set they were chosen with. */
    keep: verb<Slice>()('workspace', look.extend({ name: z.string().trim().min(1).max(100), filters: sliceFiltersSchema.min(1) })),
    remove: verb<null>()('workspace', z.object({ sliceId })),
    /** Every model that the slice's set is scored with, on the slice's images. */
    history: verb<SliceHistory>()('workspace', z.object({ sliceId })),
    /** Where the model is worst, by what is known of the photos; null where the set was scored before captions were measured. */
    find: verb<FoundSlices | null>()('workspace', look.omit({ filters: true, otherId: true }).extend({ most: z.number().int().min(1).max(50).default(10) })),
  },
} as const
