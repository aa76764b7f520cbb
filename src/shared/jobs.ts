/**
 * What a job is told, and what it sends back. A job runs in a worker process (or in the CLI): it reads the dataset over a read-only connection and
 * sends batches of rows to the one writer; a batch is acknowledged when it is committed, so a killed job loses at most the batch in flight.
 */
import { labelId } from './annotation/labels.ts'
import { z } from 'zod'
import {
  encoderId,
  evaluationProvenanceSchema,
  evaluationSets,
  frequencySources,
  failureKinds,
  failureSummarySchema,
  fineTuneRecipeSchema,
  imageIdSchema,
  intervalsSchema,
  metricNames,
  providers,
  scoringToolsSchema,
  splits,
} from './domain.ts'
import type { ErrorReport } from './errors.ts'
import { exportSettingsSchema, importSourceSchema, reportSettingsSchema, scopeSchema, textRoles } from './exchange.ts'
import { experimentDataSources, experimentIdSchema } from './experiments.ts'
import { clusterBases } from './slices/clusters.ts'
import { mapBases } from './slices/maps.ts'
import { captionMeasuresSchema } from './slices/measures.ts'

/** Jobs of one lane run one after the other; lanes run side by side. */
export const lanes = ['files', 'inference', 'training', 'experiments', 'cluster'] as const
export type Lane = (typeof lanes)[number]

/** What a job touches outside its workspace: told before one that was queued elsewhere may run. */
export interface OutsideOfWorkspace {
  reads?: string
  /** Where, and what. */
  writes?: { path: string; what: string }
}

/** A kind of job: its name, the lane it waits in, what it is told, what a cancelled one leaves (nothing is half done), and what it touches outside. */
const job = <Kind extends string, Shape extends z.ZodRawShape>(
  kind: Kind,
  lane: Lane,
  shape: Shape,
  kept: string,
  outside: (input: z.infer<z.ZodObject<Shape>>) => OutsideOfWorkspace = () => ({}),
) => ({ kind, lane, input: z.object({ kind: z.literal(kind), ...shape }), kept, outside: outside as (input: never) => OutsideOfWorkspace })

const kinds = [
  job('import', 'files', { source: importSourceSchema }, 'Nothing was imported.', ({ source }) => {
    const reads = 'folder' in source ? source.folder : 'imageRoot' in source ? source.imageRoot : 'file' in source ? source.file : undefined
    return reads === undefined ? {} : { reads }
  }),
  job(
    'caption',
    'inference',
    { modelId: z.string(), scope: scopeSchema, beam: z.number().int(), again: z.boolean() },
    'The captions made until then are kept.',
  ),
  job(
    'score',
    'inference',
    { modelId: z.string(), set: z.enum(evaluationSets), beam: z.number().int(), frequencies: z.enum(frequencySources).exactOptional() },
    'No evaluation was stored; captions made for it are kept.',
  ),
  job(
    'train',
    'training',
    { parentModelId: z.string(), snapshotId: z.number().int(), name: z.string(), recipe: fineTuneRecipeSchema },
    'No model was made; its last checkpoint is kept until the job is cleared, and Retry goes on from there.',
  ),
  // Hours long: nothing else waits for it.
  job(
    'experiment',
    'experiments',
    {
      experiment: experimentIdSchema,
      /** Null: go on with what the experiment's folder was begun with. */
      start: z.object({ name: z.string(), recipe: z.string(), data: z.enum(experimentDataSources) }).nullable(),
    },
    'Finished cells are kept, and the one in hand goes on from its checkpoint.',
    ({ experiment, start }) => ({ reads: `what ${start === null ? `experiments/${experiment}/experiment.json` : start.recipe} names` }),
  ),
  job('export', 'files', exportSettingsSchema.shape, 'No file was written.', ({ file }) => ({ writes: { path: file, what: 'captions' } })),
  job('export-onnx', 'files', { modelId: z.string(), folder: z.string() }, 'No file was written.', ({ folder }) => ({
    writes: { path: folder, what: 'a model’s files' },
  })),
  /** Work of a cluster that is followed; with a name, its captions come in as that model's. */
  job(
    'cluster',
    'cluster',
    { folder: z.string(), modelName: z.string().min(1).max(200).nullable() },
    'Its tasks were cancelled on the cluster. What the shards have is kept, and Try again submits what lacks.',
    ({ folder }) => ({ reads: folder, writes: { path: folder, what: 'shards, through the cluster’s scheduler' } }),
  ),
  job('report', 'files', reportSettingsSchema.shape, 'No file was written.', ({ file }) => ({ writes: { path: file, what: 'a report' } })),
  /** One vector a photo, for search. */
  job('embed', 'inference', { encoderId }, 'The embeddings made until then are kept.'),
  /** A scored set in two dimensions; without an encoder by its words. */
  job(
    'map',
    'inference',
    { modelId: z.string(), set: z.enum(evaluationSets), basis: z.enum(mapBases), encoderId: encoderId.nullable() },
    'No map was stored; an earlier one and embeddings made for it are kept.',
  ),
  /** Clusters of a scored set's errors, and of its photos where an encoder sees them. */
  job(
    'find-clusters',
    'inference',
    { modelId: z.string(), set: z.enum(evaluationSets), encoderId: encoderId.nullable() },
    'Clusters that were found until then, earlier ones, and embeddings made for them are kept.',
  ),
] as const

export type JobInput = z.infer<(typeof kinds)[number]['input']>
export type JobKind = JobInput['kind']
export type JobInputOf<Kind extends JobKind> = Extract<JobInput, { kind: Kind }>

export const jobInputSchema = z.union(kinds.map(({ input }) => input))
export const jobKinds = kinds.map(({ kind }) => kind)

/** The kinds of job that run in a lane. */
export function kindsOf(lane: Lane): JobKind[] {
  return kinds.filter((kind) => kind.lane === lane).map(({ kind }) => kind)
}

/** The lane that a kind of job waits in. */
export function laneOf(kind: JobKind): Lane {
  return entryOf(kind).lane
}

function entryOf(kind: JobKind): (typeof kinds)[number] {
  const found = kinds.find((each) => each.kind === kind)
  if (found === undefined) throw new Error(`there is no job kind ${kind}`)
  return found
}

/** What a job of a kind that was cancelled leaves: nothing is half done, and a person is told what stays. */
export function keptOfCancelled(kind: JobKind): string {
  return entryOf(kind).kept
}

/** What a job touches outside its workspace. */
export function outsideOfWorkspace(input: JobInput): OutsideOfWorkspace {
  // The entry of its own kind takes it.
  return entryOf(input.kind).outside(input as never)
}

/** How a cancelled job ended, in words. */
export function cancelledMessage(kind: JobKind, begun: boolean): string {
  return `Cancelled. ${begun ? keptOfCancelled(kind) : 'It had not begun.'}`
}

export const jobStates = ['queued', 'running', 'paused', 'done', 'failed', 'cancelled'] as const
export type JobState = (typeof jobStates)[number]

export interface Job {
  id: number
  kind: JobKind
  title: string
  state: JobState
  /** Done and total in the job's own unit; total 0 = not known yet. */
  done: number
  total: number
  unit: string
  /** What it is doing now, or how it ended, in one sentence. */
  message: string
  failures: number
  attempts: number
  error: ErrorReport | null
  /** Ids of what it made or works on: modelId, snapshotId, evaluationId, file. */
  result: Record<string, string | number>
  createdAt: string
  startedAt: string | null
  endedAt: string | null
}

/** What a worker needs to know of its surroundings. */
export const jobEnvironmentSchema = z.object({
  jobId: z.number().int(),
  workspaceFolder: z.string(),
  /** Folders that hold model packages, the workspace's own last. */
  modelRoots: z.array(z.string()),
  encoderRoots: z.array(z.string()),
  provider: z.enum(providers),
  threads: z.number().int(),
  /** 1 on the first try; later tries run at a lower setting (smaller batches, one thread). */
  attempt: z.number().int(),
  /** Scorers that the person has; absent: only what ships with Capstan. */
  scoringTools: scoringToolsSchema.exactOptional(),
  /** Folders of photos that nobody here chose: their photos are not read. */
  foreignRoots: z.array(z.string()).exactOptional(),
})
export type JobEnvironment = z.infer<typeof jobEnvironmentSchema>

const scoresSchema = z.partialRecord(z.enum(metricNames), z.number())

export const importedImageSchema = z.object({
  path: z.string(),
  fileName: z.string(),
  /** The id in the file it came from (COCO image id), or null. */
  sourceId: imageIdSchema.nullable(),
  /** Others that the file knows it by. */
  furtherIds: z.array(imageIdSchema).exactOptional(),
  contentHash: z.string(),
  width: z.number().int(),
  height: z.number().int(),
  split: z.enum(splits),
  tags: z.array(z.string()).exactOptional(),
  /**
   * Known images of the same content, of other folders, whose files are no longer there: a photo of that content may be one of them that was moved. Of many
   * copies one row names them for all.
   */
  gone: z.array(z.number().int()).exactOptional(),
  references: z.array(z.object({ text: z.string(), source: z.string() })),
})
export type ImportedImage = z.infer<typeof importedImageSchema>

/** A photo that is another one than its image was imported from. */
export const replacedPhotoSchema = z.object({
  imageId: z.number().int(),
  contentHash: z.string(),
  width: z.number().int(),
  height: z.number().int(),
})
export type ReplacedPhoto = z.infer<typeof replacedPhotoSchema>

export const captionRowSchema = z.object({
  imageId: z.number().int(),
  modelId: z.string(),
  beam: z.number().int(),
  /** Best first; replaces the earlier candidates of the same model and image. */
  candidates: z.array(z.object({ text: z.string(), logProbability: z.number(), tokenLogProbabilities: z.array(z.number()).nullable() })),
})
export type CaptionRow = z.infer<typeof captionRowSchema>

/** What a score was measured against: the image's references, or its correction. */
export const referenceSets = ['references', 'corrections'] as const
export type ReferenceSet = (typeof referenceSets)[number]

/** What another captioner wrote for a photo. */
export const externalRowSchema = z.object({
  /** Of the model. */
  family: z.string(),
  imageId: z.number().int(),
  candidates: z.array(z.object({ text: z.string(), logProbability: z.number().nullable() })),
})

/** What a file says of a photo. */
export const textRowSchema = z.object({
  imageId: z.number().int(),
  texts: z.array(
    z.object({
      text: z.string(),
      author: z.string().nullable(),
      time: z.string().nullable(),
      /** A candidate that was taken as it is; where the photo has it, it is accepted here too. */
      accepted: z.boolean(),
      rating: z.number().int().nullable(),
      errorTypes: z.array(labelId),
      /** The candidate that it replaces, in words. */
      before: z.string().nullable(),
    }),
  ),
})

const bytes = z.instanceof(Uint8Array)

/** Batches from a job to the writer. Rows of an import are staged, some hundred a batch, and become visible only with what commits them, all or nothing. */
export const jobBatchSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('import-rows'), rows: z.array(importedImageSchema) }),
  z.object({ kind: z.literal('import-commit'), imageRoot: z.string() }),
  /** Models that are known by their captions alone, with the staged rows of each. */
  z.object({
    kind: z.literal('external-models'),
    models: z.array(z.object({ family: z.string(), note: z.string(), licence: z.string(), file: z.string(), contentHash: z.string() })),
  }),
  z.object({ kind: z.literal('external-rows'), rows: z.array(externalRowSchema) }),
  /** What a file says of photos that are there, in place of what it said before (references) or where nobody decided yet: its staged rows. */
  z.object({
    kind: z.literal('texts'),
    as: z.enum(textRoles),
    /** Its name. */
    file: z.string(),
  }),
  z.object({ kind: z.literal('text-rows'), rows: z.array(textRowSchema) }),
  /** All objects that a data set knows of photos that are there, in place of those it knew before; boxes are shares of the upright photo. */
  z.object({
    kind: z.literal('instances'),
    file: z.string(),
    rows: z.array(
      z.object({
        imageId: z.number().int(),
        boxes: z.array(z.object({ label: z.string(), left: z.number(), top: z.number(), width: z.number(), height: z.number() })),
      }),
    ),
  }),
  /** Files that turned out to be others than were imported. */
  z.object({ kind: z.literal('photos-replaced'), photos: z.array(replacedPhotoSchema) }),
  z.object({ kind: z.literal('captions'), rows: z.array(captionRowSchema) }),
  /** What an export wrote. */
  z.object({ kind: z.literal('exported'), settings: exportSettingsSchema, photos: z.number().int(), captions: z.number().int(), contentHash: z.string() }),
  /** A table (as JSON) that scores of later batches name. */
  z.object({ kind: z.literal('document-frequency'), table: z.string() }),
  z.object({
    kind: z.literal('scores'),
    modelId: z.string(),
    referenceSet: z.enum(referenceSets).default('references'),
    documentFrequencyId: z.string(),
    rows: z.array(
      z.object({
        imageId: z.number().int(),
        scores: scoresSchema,
        /** Sufficient statistics of metrics that are no mean over images (BLEU's under Bleu_4, METEOR's), to resample the corpus score. */
        statistics: z.partialRecord(z.enum(metricNames), z.array(z.number())).exactOptional(),
        failures: z.array(z.enum(failureKinds)).exactOptional(),
        measures: captionMeasuresSchema.optional(),
      }),
    ),
  }),
  z.object({
    kind: z.literal('evaluation'),
    modelId: z.string(),
    set: z.enum(evaluationSets),
    images: z.number().int(),
    scores: scoresSchema,
    beam: z.number().int(),
    documentFrequencyId: z.string(),
    provenance: evaluationProvenanceSchema.exactOptional(),
    failures: failureSummarySchema.exactOptional(),
    intervals: intervalsSchema.exactOptional(),
  }),
  z.object({
    kind: z.literal('training-points'),
    totalSteps: z.number().int(),
    points: z.array(z.object({ step: z.number(), epoch: z.number(), loss: z.number(), learningRate: z.number(), speed: z.number() })),
  }),
  z.object({
    kind: z.literal('training-sample'),
    sample: z.object({
      step: z.number(),
      epoch: z.number(),
      scores: scoresSchema,
      captions: z.array(z.object({ imageId: z.number().int(), text: z.string() })),
    }),
  }),
  z.object({
    kind: z.literal('model'),
    modelId: z.string(),
    folder: z.string(),
    parentId: z.string().nullable(),
    snapshotId: z.number().int().nullable(),
  }),
  /** A map in place of the one of the same model, set, basis and encoder. Arrays as in `SetMap`, as bytes. */
  z.object({
    kind: z.literal('map'),
    modelId: z.string(),
    set: z.enum(evaluationSets),
    basis: z.enum(mapBases),
    encoderId: encoderId.nullable(),
    state: z.string(),
    images: bytes,
    points: bytes,
    neighbours: bytes,
    perPoint: z.number().int(),
  }),
  /** Clusters in place of those of the same model, set, basis and encoder that no slice holds. `images`: ids as int32; `places`: a byte each, see `fittedBit`. */
  z.object({
    kind: z.literal('clusters'),
    modelId: z.string(),
    set: z.enum(evaluationSets),
    basis: z.enum(clusterBases),
    encoderId: encoderId.nullable(),
    state: z.string(),
    images: bytes,
    places: bytes,
    clusters: z.number().int(),
  }),
  z.object({ kind: z.literal('failure'), subject: z.string(), reason: z.string() }),
])
export type JobBatch = z.infer<typeof jobBatchSchema>

/** Batches that make all visible at once what a job brings: while one is being written the job can no longer be cancelled, and after a cancel none is. */
export const writtenAtOnce: ReadonlySet<JobBatch['kind']> = new Set<JobBatch['kind']>(['import-commit', 'external-models', 'texts', 'instances'])

export const jobProgressSchema = z.object({ done: z.number(), total: z.number(), unit: z.string(), message: z.string() })
export type JobProgress = z.infer<typeof jobProgressSchema>

/** What a job asks of main beside the commit of its batches: a page as PDF. */
export const printQuestionSchema = z.object({ kind: z.literal('print'), page: z.string(), file: z.string() })
export type PrintQuestion = z.infer<typeof printQuestionSchema>

/** What a job function works with, in a worker process and in the CLI alike. */
export interface JobContext {
  environment: JobEnvironment
  /** Resolves when the batch is committed. */
  emit(batch: JobBatch): Promise<void>
  progress(progress: JobProgress): void
  /** Aborted by cancel. `signal.reason` is 'keep' when a training run should leave its best model. */
  signal: AbortSignal
  /** Resolves at once, or when a pause ends. Called between units of work. */
  unpaused(): Promise<void>
  /** The provider that really executed, told when sessions are there. */
  executed(provider: string, device: string): void
  /** Prints a page of ours as PDF into a file; absent where there is no window to print with. */
  print?(page: string, file: string): Promise<void>
}
export type JobResult = Record<string, string | number>
export type JobFunction<Kind extends JobInput['kind']> = (input: JobInputOf<Kind>, context: JobContext) => Promise<JobResult>
