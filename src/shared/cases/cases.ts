/** A case: a weakness of a model that people follow, from the photos that show it to a model that is judged to have it no more. */
import { z } from 'zod'
import { evaluationSets, metricNames, type Snapshot } from '../domain.ts'
import type { WorstImage } from '../failures.ts'
import { gateSideSchema, verdicts } from '../fine-tuning.ts'
import { sliceFiltersSchema, type SliceFilter } from '../slices/filters.ts'
import type { AgainstRest } from '../slices/look.ts'
import type { EvaluationSet, MetricName } from '../domain.ts'

/** What a case is opened of: what filters leave of a model's captions of a set. */
export const openCaseSchema = z.object({
  name: z.string().trim().min(1).max(90),
  note: z.string().max(4000).default(''),
  modelId: z.string().min(1),
  set: z.enum(evaluationSets),
  metric: z.enum(metricNames),
  filters: sliceFiltersSchema.min(1),
})

/** A photo whose caption another model wrote worse. */
const lostPhotoSchema = z.object({
  imageId: z.number().int(),
  fileName: z.string(),
  before: z.string(),
  after: z.string(),
  difference: z.number(),
  /** Of the case, or elsewhere. */
  inside: z.boolean(),
})
export type LostPhoto = z.infer<typeof lostPhotoSchema>

/** Whether a later model has the weakness no more, by photos that nothing learned from. */
export const caseVerdictSchema = z.object({
  modelId: z.string(),
  verdict: z.enum(verdicts),
  /** In one or two sentences. */
  reason: z.string(),
  /** The case's photos that neither model learned from; null of fewer than five. */
  inside: gateSideSchema.nullable(),
  /** The others of the set that neither learned from. */
  elsewhere: gateSideSchema.nullable(),
  /** Photos of the case that were left out because one of the models learned from them. */
  learned: z.number().int(),
  /** What got worse, most first. */
  lost: z.array(lostPhotoSchema),
})
export type CaseVerdict = z.infer<typeof caseVerdictSchema>

export const keptVerdictSchema = caseVerdictSchema.extend({ author: z.string(), keptAt: z.string() })
export type KeptVerdict = z.infer<typeof keptVerdictSchema>

export interface Case {
  id: number
  name: string
  note: string
  filters: SliceFilter[]
  modelId: string
  set: EvaluationSet
  metric: MetricName
  author: string
  createdAt: string
  /** The list of photos to correct; null where it was taken away. */
  listId: number | null
  /** Photos that showed it when it was opened, and those of them that judge: nothing learns from these while the case is open. */
  photos: number
  judging: number
  /** Photos of the list; those that somebody decided about, and those of these that were corrected. */
  listed: number
  decided: number
  corrected: number
  /** Null while it is open. */
  verdict: KeptVerdict | null
}

/** A snapshot that holds corrections of photos of the case's list. */
export interface CaseSnapshot {
  snapshot: Snapshot
  corrections: number
}

/** A model that may have the weakness no more: it learned from a snapshot of the case, or is scored on its set. */
export interface CaseModel {
  modelId: string
  name: string
  /** The snapshot that it learned from. */
  snapshotId: number | null
  /** It learned from a snapshot of the case, itself or a model that it comes from. */
  taught: boolean
  scored: boolean
}

/** The whole story, from the first photo to the last verdict. */
export interface CasePage extends Case {
  /** The model's scores of the case's photos against the rest of its set, as they are now; null where it is scored there no more. */
  found: AgainstRest | null
  worst: WorstImage[]
  snapshots: CaseSnapshot[]
  models: CaseModel[]
}
