/** What narrows a scored set: bars of histograms, words, objects, kinds of failure, tags, boxes, sizes. A slice is a list of these that was kept. */
import { z } from 'zod'
import { failureKinds } from '../failures.ts'
import { clusterBases } from './clusters.ts'

/** What every scored caption is measured by. */
export const measures = ['score', 'words', 'brevity', 'log-probability', 'invented', 'rare-missed', 'agreement'] as const
export type Measure = (typeof measures)[number]

/** The model that a view is of, and the one beside it. */
export const sides = ['model', 'other'] as const
export type Side = (typeof sides)[number]

const side = z.enum(sides).default('model')
const name = z.string().min(1).max(200)

/** What a word or an object has to do with a caption: `missed` by it though most references say it, `invented` by it though nothing shows it. */
export const wordRoles = ['said', 'missed'] as const
export const objectRoles = ['invented', 'mentioned'] as const
export type WordRole = (typeof wordRoles)[number]
export type ObjectRole = (typeof objectRoles)[number]

export const sliceFilterSchema = z.discriminatedUnion('by', [
  /** From `from` up to but without `to`; null = without bound. */
  z.object({ by: z.literal('range'), side, measure: z.enum(measures), from: z.number().nullable(), to: z.number().nullable() }),
  z.object({ by: z.literal('word'), side, role: z.enum(wordRoles), word: name }),
  /** `object`: a COCO class. */
  z.object({ by: z.literal('object'), side, role: z.enum(objectRoles), object: name }),
  z.object({ by: z.literal('kind'), side, kind: z.enum(failureKinds) }),
  /** What a reference of the photo says, whatever a model says. */
  z.object({ by: z.literal('reference-word'), word: name }),
  /** Words of the file name, a reference, a candidate or a reviewed text, as the Library searches them. */
  z.object({ by: z.literal('text'), text: z.string().trim().min(1).max(500) }),
  /** Photos of a saved list, whatever chose them. */
  z.object({ by: z.literal('list'), listId: z.number().int().positive(), name: z.string().max(100) }),
  /** A cluster of photos or of errors, as it was computed once, by the words that were found to name it. */
  z.object({
    by: z.literal('cluster'),
    clusteringId: z.number().int().positive(),
    cluster: z.number().int().min(0).max(127),
    basis: z.enum(clusterBases),
    name,
  }),
  z.object({ by: z.literal('tag'), tag: name }),
  /** A box with this label. */
  z.object({ by: z.literal('region'), label: name }),
  z.object({ by: z.literal('shape'), shape: z.enum(['wide', 'tall', 'square', 'small']) }),
])
export type SliceFilter = z.infer<typeof sliceFilterSchema>
export const sliceFiltersSchema = z.array(sliceFilterSchema).max(40)

/**
 * Filters of one key are alternatives (two bars of a histogram), all others must hold together: whoever takes a second word means captions with both.
 */
export function alternativesKey(filter: SliceFilter): string {
  switch (filter.by) {
    case 'range':
      return `range ${filter.side} ${filter.measure}`
    case 'shape':
      return 'shape'
    case 'cluster':
      return `cluster ${filter.clusteringId}`
    default:
      return JSON.stringify(filter)
  }
}

export function sameFilter(one: SliceFilter, other: SliceFilter): boolean {
  return keyOf(one) === keyOf(other)
}

function keyOf(filter: SliceFilter): string {
  return JSON.stringify(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** With the filter, or without it where it was there. */
export function toggled(filters: readonly SliceFilter[], filter: SliceFilter): SliceFilter[] {
  const without = filters.filter((each) => !sameFilter(each, filter))
  return without.length < filters.length ? without : [...filters, filter]
}
