/** What main asks the workspace process, which owns the one writing connection. */
import { z } from 'zod'
import { spellingSchema } from '#shared/domain.ts'
import { jobKinds, jobStates } from '#shared/jobs.ts'
import type { WorkspaceInfo } from '#shared/domain.ts'
import type { Job } from '#shared/jobs.ts'
import { errorReportSchema } from '#shared/errors.ts'
import { jobBatchSchema, jobInputSchema, replacedPhotoSchema } from '#shared/jobs.ts'
import type { WorkspaceEvent } from '#engine/workspace/events.ts'

const jobId = z.number().int().positive()

/** Whose hands the work is in: the name that changes carry, and how texts are spelled. */
export const personSchema = z.object({ author: z.string(), spelling: spellingSchema })
export type Person = z.infer<typeof personSchema>

export const openRequestSchema = z.object({
  folder: z.string(),
  /** Set to make a new workspace of this name. */
  create: z.object({ name: z.string() }).nullable(),
  /** A workspace to copy there first. */
  template: z.string().nullable(),
  modelRoots: z.array(z.string()),
  /** The key of the person's folder. */
  installation: z.string(),
  person: personSchema,
})
export const verbRequestSchema = z.object({ name: z.string(), input: z.unknown() })
export const imageRequestSchema = z.object({ imageId: z.number().int().positive() })
export const claimRequestSchema = z.object({ kinds: z.array(z.enum(jobKinds)) })
export const rootsSchema = z.array(z.string())
export const noInputSchema = z.object({})
export const jobRequestSchema = z.object({ jobId })
/** Only the fields that change; exact, so that a field left out stays as it is. */
export const jobChangeSchema = z.object({
  state: z.enum(jobStates).exactOptional(),
  done: z.number().exactOptional(),
  total: z.number().exactOptional(),
  unit: z.string().exactOptional(),
  message: z.string().exactOptional(),
  error: errorReportSchema.nullable().exactOptional(),
  result: z.record(z.string(), z.union([z.string(), z.number()])).exactOptional(),
})
export type JobChange = z.infer<typeof jobChangeSchema>
export const updateRequestSchema = z.object({ jobId, change: jobChangeSchema })
export const commitRequestSchema = z.object({ jobId, batch: jobBatchSchema })

/** Answers are checked for being there and of the right kind; their fields come from the same project's code. */
export const jobSchema = z.custom<Job>((value) => typeof value === 'object' && value !== null && 'id' in value && 'state' in value)
export const infoSchema = z.custom<WorkspaceInfo>((value) => typeof value === 'object' && value !== null && 'folder' in value)
/** Jobs that are queued, oldest first. */
export const waitingSchema = z.array(z.number().int())
export const claimedSchema = z.object({ job: jobSchema, input: jobInputSchema, foreignRoots: rootsSchema }).nullable()
export const imagePlaceSchema = z.object({ path: z.string(), root: z.string(), fileName: z.string(), contentHash: z.string() })
export const replacedPhotosSchema = z.array(replacedPhotoSchema)
export const nothingSchema = z.null()

/** What the workspace tells; its fields come from the same project's code. */
export const workspaceEventSchema = z.custom<WorkspaceEvent>((value) => typeof value === 'object' && value !== null && 'kind' in value)
