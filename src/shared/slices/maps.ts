/** Maps of a scored set: its photos, captions or what these lack, as points in two dimensions where near means alike. */
import { z } from 'zod'
import { measures, sides } from './filters.ts'

/** What is mapped: what the photo shows, what the model says, or that less what the references say. */
export const mapBases = ['photos', 'captions', 'differences'] as const
export type MapBasis = (typeof mapBases)[number]

/** Neighbours of each point that are kept. */
export const keptNeighbours = 8

export const mapColourSchema = z.discriminatedUnion('by', [
  z.object({ by: z.literal('measure'), side: z.enum(sides), measure: z.enum(measures) }),
  /** The other model's score less the model's. */
  z.object({ by: z.literal('difference') }),
  z.object({ by: z.literal('kind') }),
  z.object({ by: z.literal('tag') }),
])
export type MapColour = z.infer<typeof mapColourSchema>

/** A point is known by its place, its index in all of these. */
export interface SetMap {
  /** image ids, rising */
  images: Int32Array
  /** x and y of each, within −1 to 1 */
  points: Float32Array
  /** Places of each point's nearest ones in the space that was mapped, nearest first, `perPoint` of them. */
  neighbours: Int32Array
  perPoint: number
  madeAt: string
}

/** How a map stands to its set as that is now. */
export interface MapStanding {
  /** Was it computed from just that? */
  current: boolean
  /** images of the set that it lacks: photos that could not be read, for example */
  lacking: number
}

/** What points are coloured by. */
export type MapValues =
  /** `NaN`: not known */
  | { kind: 'numbers'; values: Float32Array }
  /** Index into `names` for each place, `noName` where it has none. */
  | { kind: 'names'; names: string[]; of: Uint8Array }

export const noName = 255
/** Names that get a colour of their own; all others share the last one, `otherName`. */
export const mostNames = 6
export const otherName = 'other'
