/** Where a thing of the loop comes from and what it led to: a graph that is walked node by node. */
import { z } from 'zod'

const id = z.number().int().positive()

export const lineageRefSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('model'), modelId: z.string().min(1).max(200) }),
  z.object({ kind: z.literal('snapshot'), snapshotId: id }),
  z.object({ kind: z.literal('case'), caseId: id }),
  /** A candidate that a model wrote. */
  z.object({ kind: z.literal('caption'), captionId: id }),
  /** What a person wrote in its place. */
  z.object({ kind: z.literal('correction'), correctionId: id }),
])
export type LineageRef = z.infer<typeof lineageRefSchema>

export interface LineageNode {
  ref: LineageRef
  title: string
  /** When, by whom, how much. */
  note: string
  /** The photo that it is about. */
  imageId: number | null
}

/** A node beside another, and what it has to do with it. */
export interface LineageEdge {
  how: string
  node: LineageNode
}

export interface Lineage {
  node: LineageNode
  /** What it comes from, and what came of it, the nearest first. */
  from: LineageEdge[]
  to: LineageEdge[]
  /** Of what came of it: so many more that are not listed. */
  more: number
}

export function sameRef(one: LineageRef, other: LineageRef): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
