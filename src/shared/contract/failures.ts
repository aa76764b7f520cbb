/** The part of the contract that finds where a model goes wrong: looks at a scored set through filters, and slices, which are filters that are kept. */
import { z } from 'zod'
import { encoderId, evaluationSets, failureKinds, metricNames, type FailureSummary, type WorstImage } from '../domain.ts'
import type { Job } from '../jobs.ts'
import type { Clustering } from '../slices/clusters.ts'
import { sliceFiltersSchema } from '../slices/filters.ts'
import type { FailureLook } from '../slices/look.ts'
import { mapBases, mapColourSchema, type MapStanding, type MapValues, type SetMap } from '../slices/maps.ts'
import type { FoundSlices, Slice, SliceHistory } from '../slices/slices.ts'
import { imageIds } from './inputs.ts'
import { verb } from './verb.ts'

const none = z.undefined()
const sliceId = z.number().int().positive()
const modelId = z.string().min(1)
const set = z.enum(evaluationSets)
/** A model on a set, with another beside it, by one metric, through filters. */
const look = z.object({ modelId, otherId: modelId.nullable().default(null), set, metric: z.enum(metricNames), filters: sliceFiltersSchema.default([]) })
/** A map of a set. Texts without an encoder are seen by their words. */
const mapPlace = z.object({ modelId, set, basis: z.enum(mapBases), encoderId: encoderId.nullable().default(null) })
const map = look.extend(mapPlace.shape)

export const failureVerbs = {
  failures: {
    /** What went wrong in a model's captions of a set when they were last scored; null where they were not. */
    summary: verb<FailureSummary | null>()('workspace', z.object({ modelId, set })),
    /** Histograms, words, objects and kinds of the set and of what filters leave, against the rest. */
    look: verb<FailureLook>()('workspace', look),
    /** The images with the lowest scores, worst first, that filters leave, with `kind` only those that show it. Of a set scored before captions were measured there is no other filter. */
    worst: verb<WorstImage[]>()('workspace', look.extend({ kind: z.enum(failureKinds).nullable().default(null), most: z.number().int().min(1).max(500) })),
    /** Some images of the set, in the order they are asked for; those without a score are left out. */
    some: verb<WorstImage[]>()('workspace', look.extend({ imageIds: imageIds.max(100) })),
    /** All images that filters leave, worst first. */
    images: verb<number[]>()('workspace', look),
  },
  maps: {
    /** The map that was computed of the set; null where none was. */
    open: verb<SetMap | null>()('workspace', mapPlace),
    /** Whether it is still one of the set; null without a map. Reads the set, which takes longer than to open the map. */
    standing: verb<MapStanding | null>()('workspace', mapPlace),
    /** Computes it, in place of the one that is there. */
    start: verb<Job>()('workspace', mapPlace),
    /** What each of its points is coloured by. */
    colours: verb<MapValues>()('workspace', map.extend({ colour: mapColourSchema })),
    /** 1 for each of its points that filters leave. */
    left: verb<Uint8Array>()('workspace', map),
  },
  slices: {
    list: verb<Slice[]>()('workspace', none),
    /** Keeps filters under a name, of the model and the set they were chosen with. */
    keep: verb<Slice>()('workspace', look.extend({ name: z.string().trim().min(1).max(100), filters: sliceFiltersSchema.min(1) })),
    remove: verb<null>()('workspace', z.object({ sliceId })),
    /** Every model that the slice's set is scored with, on the slice's images. */
    history: verb<SliceHistory>()('workspace', z.object({ sliceId })),
    /** The clusters that slices are found among, beside words and tags: the newest of each kind. */
    clusterings: verb<Clustering[]>()('workspace', z.object({ modelId, set })),
    /** Finds clusters of the set's errors, and of its photos as an encoder sees them; those that are of what the set is now stay. */
    cluster: verb<Job>()('workspace', z.object({ modelId, set, encoderId: encoderId.nullable() })),
    /** Where the model is worst, by what is known of the photos; null where the set was scored before captions were measured. */
    find: verb<FoundSlices | null>()('workspace', look.omit({ filters: true, otherId: true }).extend({ most: z.number().int().min(1).max(50).default(10) })),
  },
} as const
