/**
 * The whole contract between the window and the rest: namespaces of verbs, each with the zod schema of its input and the type of its result.
 * The preload exposes exactly these verbs; main checks the sender, then answers itself (`main`) or asks the workspace process (`workspace`).
 * The owner checks the input against the schema (answering.ts). Every verb resolves to a `Reply`: a value or an ErrorReport, never an exception across the border.
 */
import { z } from 'zod'
import { labelId } from './annotation/labels.ts'
import { annotationVerbs } from './contract/annotation.ts'
import { caseVerbs } from './contract/cases.ts'
import { clusterVerbs } from './contract/cluster.ts'
import { failureVerbs } from './contract/failures.ts'
import { imageIds, modelId, replace } from './contract/inputs.ts'
import { lineageVerbs } from './contract/lineage.ts'
import { lookingVerbs, scoreReasonVerbs } from './contract/looking.ts'
import { providerVerbs } from './contract/providers.ts'
import { verb, type Owner } from './contract/verb.ts'
import { voteVerbs } from './contract/votes.ts'
import type { ErrorReport } from './errors.ts'
import type { ImportedSnapshot } from './fine-tuning.ts'
import type { LeftOutModel } from './left-out-model.ts'
import type { ApiEvents, EventName } from './api-events.ts'
import type {
  AddedEncoderReport,
  AppInfo,
  Completion,
  Comparison,
  CorpusComparison,
  DocumentFrequencyStatus,
  EncoderCheck,
  EncoderList,
  Evaluation,
  FeatureCacheSummary,
  Guidelines,
  ImageDetail,
  LibraryFacets,
  LibraryRow,
  Misspelling,
  ModelSummary,
  PhotoSearchResult,
  Place,
  ProjectSettings,
  PromotionEvent,
  Region,
  ReviewState,
  SavedReview,
  Scores,
  OpenedWorkspace,
  ScoringToolsStatus,
  Settings,
  Snapshot,
  TrainingCurve,
  Turned,
} from './domain.ts'
import type { Job } from './jobs.ts'
import type { JobFailure } from './domain.ts'
import {
  addEncoderSchema,
  encoderId,
  evaluationSets,
  frequencySources,
  fineTuneRecipeSchema,
  libraryFilterSchema,
  librarySortSchema,
  metricNames,
  photoQuerySchema,
  placeSchema,
  reviewStates,
  settingsChangeSchema,
  splits,
} from './domain.ts'
import { experimentDataSources, experimentIdSchema, type ExperimentSummary, type ExperimentView, type ReadyExperiment } from './experiments.ts'
import {
  exportSettingsSchema,
  imageId,
  importSourceSchema,
  path,
  reportSettingsSchema,
  scopeSchema,
  type DroppedThing,
  type ExportRecord,
  type ImportPreview,
} from './exchange.ts'
import { bulkDecisions } from './review.ts'
import { decisionSchema, errorList, expectedRevision, projectSettingsChange, rating, referenceText, slot, text, type Decision } from './annotation/decisions.ts'

export type { Owner }
export type Reply<Result> = { ok: true; value: Result } | { ok: false; error: ErrorReport }

const none = z.undefined()
const jobId = z.number().int().positive()
const referenceId = z.number().int().positive()
const regionId = z.number().int().positive()
const share = z.number().min(0).max(1)

export const contract = {
  app: {
    info: verb<AppInfo>()('main', none),
    /** Opens the log's folder in the system's file manager. */
    showLog: verb<null>()('main', none),
    /** Writes an error that the page did not expect to the log. */
    noteDefect: verb<null>()('main', z.object({ where: z.string().max(200), stack: z.string().max(10_000) })),
  },
  dialog: {
    chooseFolder: verb<string | null>()('main', z.object({ title: z.string().max(200) })),
    chooseFile: verb<string | null>()('main', z.object({ title: z.string().max(200), extensions: z.array(z.string().max(20)) })),
    chooseSaveFile: verb<string | null>()('main', z.object({ title: z.string().max(200), suggestion: z.string().max(200) })),
  },
  settings: {
    get: verb<Settings>()('main', none),
    set: verb<Settings>()('main', settingsChangeSchema),
    /** What is there of METEOR and SPICE where the settings say that they are. */
    scoringTools: verb<ScoringToolsStatus>()('main', none),
  },
  ...providerVerbs,
  workspace: {
    current: verb<OpenedWorkspace | null>()('main', none),
    recent: verb<{ folder: string; name: string; openedAt: string; missing: boolean; isSample: boolean }[]>()('main', none),
    create: verb<OpenedWorkspace>()('main', z.object({ folder: path, name: z.string().min(1).max(200) })),
    open: verb<OpenedWorkspace>()('main', z.object({ folder: path })),
    /** Opens the person's copy of the sample workspace, made where there is none; `fresh` makes another one beside it. */
    openSample: verb<OpenedWorkspace>()('main', z.object({ fresh: z.boolean() })),
    /** Copies the open workspace's database, and what is left of its folder, to a folder of its own: the way out where its own folder is gone. */
    saveElsewhere: verb<{ folder: string; carried: string[] }>()('workspace', z.object({ folder: path })),
    /** Refused once, as `displaced`, where its folder is gone and nothing was saved elsewhere. */
    close: verb<null>()('main', none),
    forget: verb<null>()('main', z.object({ folder: path })),
    /** Where the person was in the open workspace when it was open before. */
    place: verb<Place | null>()('main', none),
    keepPlace: verb<null>()('main', placeSchema),
  },
  imports: {
    /** Looks at the folder or file of that path without importing anything. */
    recognize: verb<DroppedThing>()('main', z.object({ path })),
    start: verb<Job>()('workspace', importSourceSchema),
    /** What an import would bring, and what of it is left out; nothing is written. */
    preview: verb<ImportPreview>()('workspace', importSourceSchema),
  },
  library: {
    /** Counts for the filter's lines: each line's among the images that pass the filter's other conditions. */
    facets: verb<LibraryFacets>()('workspace', z.object({ filter: libraryFilterSchema }).optional()),
    /** The ids of all images that pass the filter, in order: what the grid scrolls over and Review walks through. */
    ids: verb<number[]>()('workspace', z.object({ filter: libraryFilterSchema, sort: librarySortSchema })),
    rows: verb<LibraryRow[]>()('workspace', z.object({ imageIds: z.array(imageId).max(2000), modelId: modelId.nullable(), metric: z.enum(metricNames) })),
  },
  images: {
    get: verb<ImageDetail>()('workspace', z.object({ imageId })),
    /** Looks whether the photo that was imported still lies there. Another one is noted, and told by `photosReplaced`. */
    look: verb<null>()('main', z.object({ imageId })),
    /** Takes out images that nobody worked on and that no snapshot or ballot holds; the others stay. Files are never touched. */
    remove: verb<{ removed: number; kept: number }>()('workspace', z.object({ imageIds })),
    /** Puts images into a split, gives and takes tags; one undo takes it back. */
    arrange: verb<{ changed: number }>()(
      'workspace',
      z.object({
        imageIds,
        split: z.enum(splits).optional(),
        addTags: z.array(labelId).max(100).default([]),
        removeTags: z.array(labelId).max(100).default([]),
      }),
    ),
  },
  ...annotationVerbs,
  /** Boxes that annotators draw, in shares of the image's width and height. Each change is a step that undo takes back. */
  regions: {
    list: verb<Region[]>()('workspace', z.object({ imageId })),
    add: verb<Region>()('workspace', z.object({ imageId, left: share, top: share, width: share, height: share, label: z.string().max(200) })),
    /** Moves, resizes or renames; what is left out stays. */
    change: verb<Region>()(
      'workspace',
      z.object({
        regionId,
        left: share.exactOptional(),
        top: share.exactOptional(),
        width: share.exactOptional(),
        height: share.exactOptional(),
        label: z.string().max(200).exactOptional(),
      }),
    ),
    remove: verb<null>()('workspace', z.object({ regionId })),
  },
  review: {
    /** Keeps what is being typed and the marks beside it (absent: as they stand); the state becomes `draft`. Resolves once it is on disk. */
    saveDraft: verb<SavedReview>()(
      'workspace',
      z.object({
        imageId,
        slot,
        expectedRevision,
        candidateId: z.number().int().nullable(),
        text,
        errorTypes: errorList.optional(),
        rating: rating.optional(),
      }),
    ),
    /** Resolves once the decision is on disk. */
    decide: verb<SavedReview>()('workspace', z.object({ imageId, slot, expectedRevision, decision: decisionSchema })),
    /** Rating and error types of a caption whose state and text stay. Resolves once they are on disk. */
    mark: verb<SavedReview>()('workspace', z.object({ imageId, slot, expectedRevision, errorTypes: errorList, rating })),
    /**
     * Decides about the images' captions that are in one of the states (absent: `bulkStates` of the decision); `accept` decides about the first one
     * of an image. Resolves to how many images changed.
     */
    decideMany: verb<{ changed: number }>()(
      'workspace',
      z.object({ imageIds, decision: z.enum(bulkDecisions), states: z.array(z.enum(reviewStates)).optional() }),
    ),
    /** Photos that were replaced show the same as before: what stood for the earlier ones stands again. Images that are not changed stay as they are. */
    keepEarlier: verb<{ kept: number }>()('workspace', z.object({ imageIds })),
    /** How many of the images' captions are in which state; those that nobody has begun are pending. */
    countStates: verb<Record<ReviewState, number>>()('workspace', z.object({ imageIds })),
    /** Takes back the last change (single or bulk), also one of an earlier session. Null when there is none. */
    undo: verb<Turned | null>()('workspace', none),
    redo: verb<Turned | null>()('workspace', none),
    /** What undo and redo would do now, for their buttons. */
    undoState: verb<{ undo: string | null; redo: string | null }>()('workspace', none),
  },
  /** A photo's references: each change is a step that undo takes back, and what was imported stays. Each resolves once it is on disk. */
  references: {
    add: verb<null>()('workspace', z.object({ imageId, text: referenceText })),
    /** Writes another text in place of a reference, which is set aside. */
    correct: verb<null>()('workspace', z.object({ referenceId, text: referenceText })),
    setAside: verb<null>()('workspace', z.object({ referenceId })),
    /** One that was set aside stands again; what was written in its place is set aside. */
    putBack: verb<null>()('workspace', z.object({ referenceId })),
  },
  project: {
    get: verb<ProjectSettings>()('workspace', none),
    /** Changes what is given; photos are done by it at once. */
    set: verb<ProjectSettings>()('workspace', projectSettingsChange),
  },
  /** Help while a caption is typed. */
  writing: {
    /** What probably comes next; null where nothing is likely, or while the workspace's texts are still being read. */
    complete: verb<Completion | null>()('workspace', z.object({ imageId, before: text })),
    /** Words that neither the dictionary nor the project knows. */
    check: verb<Misspelling[]>()('workspace', z.object({ text })),
    suggest: verb<string[]>()('workspace', z.object({ word: z.string().min(1).max(100) })),
    /** The project's own words. */
    words: verb<string[]>()('workspace', none),
    addWord: verb<null>()('workspace', z.object({ word: z.string().min(1).max(100) })),
    removeWord: verb<null>()('workspace', z.object({ word: z.string().min(1).max(100) })),
    /** The dictionaries that can be chosen: the one that ships, and those of the folder in Settings. */
    dictionaries: verb<string[]>()('workspace', none),
  },
  guidelines: {
    get: verb<Guidelines>()('workspace', none),
    /** All versions, newest first. */
    history: verb<Guidelines[]>()('workspace', none),
    /** Resolves once the new version is on disk; refused as a conflict where a newer one than the edited is there. */
    save: verb<Guidelines>()('workspace', z.object({ text, expectedVersion: z.number().int().min(0) })),
  },
  scores: {
    /** Scores of a text against the image's references with the stored document frequencies. Null where there are no references. */
    live: verb<Scores | null>()('workspace', z.object({ imageId, text })),
    ...scoreReasonVerbs,
    /** Captions (where missing) and scores a set with a model; writes per-image scores and an evaluation. */
    start: verb<Job>()(
      'workspace',
      z.object({ modelId, set: z.enum(evaluationSets), beam: z.number().int().min(1).max(10), frequencies: z.enum(frequencySources).exactOptional() }),
    ),
    evaluations: verb<Evaluation[]>()('workspace', none),
    /** Corpus scores of two models over the images that both were scored on, with intervals of the differences. */
    differences: verb<CorpusComparison>()('workspace', z.object({ beforeId: modelId, afterId: modelId, set: z.enum(evaluationSets) })),
    /** The document-frequency table in force; null before there is any. */
    table: verb<DocumentFrequencyStatus | null>()('workspace', none),
    exportTable: verb<DocumentFrequencyStatus>()('workspace', z.object({ file: path, replace })),
    /** Puts a file's table in force, or with null the workspace's own again. */
    useTable: verb<DocumentFrequencyStatus | null>()('workspace', z.object({ file: path.nullable() })),
  },
  ...failureVerbs,
  ...caseVerbs,
  ...lineageVerbs,
  ...voteVerbs,
  captioning: {
    start: verb<Job>()('workspace', z.object({ modelId, scope: scopeSchema, beam: z.number().int().min(1).max(10), again: z.boolean() })),
  },
  ...lookingVerbs,
  snapshots: {
    /** What a snapshot would hold now. */
    preview: verb<{ images: number; corrections: number; accepted: number; references: number }>()('workspace', none),
    create: verb<Snapshot>()('workspace', z.object({ name: z.string().min(1).max(200), heldOut: z.number().min(0).max(0.5) })),
    list: verb<Snapshot[]>()('workspace', none),
    /** Writes its texts, weights and the hashes of its photos. */
    export: verb<Snapshot>()('workspace', z.object({ snapshotId: z.number().int(), file: path, replace })),
    /** Enters the snapshot of a file: photos are found by their content. */
    import: verb<ImportedSnapshot>()('workspace', z.object({ file: path })),
  },
  training: {
    start: verb<Job>()(
      'workspace',
      z.object({ parentModelId: modelId, snapshotId: z.number().int(), name: z.string().min(1).max(200), recipe: fineTuneRecipeSchema }),
    ),
    curve: verb<TrainingCurve>()('workspace', z.object({ jobId })),
    /** Writes a run's curve as a TensorBoard event file. */
    exportEvents: verb<null>()('workspace', z.object({ file: path, jobId })),
  },
  models: {
    list: verb<ModelSummary[]>()('workspace', none),
    /** packages that were left out when the workspace was opened, and why */
    leftOut: verb<LeftOutModel[]>()('workspace', none),
    card: verb<string>()('workspace', z.object({ modelId })),
    add: verb<ModelSummary>()('workspace', z.object({ folder: path })),
    promote: verb<ModelSummary>()('workspace', z.object({ modelId })),
    /** Writes the model as ONNX files, with an example that captions a photo with onnxruntime alone, into a folder that is not there yet. */
    exportOnnx: verb<Job>()('workspace', z.object({ modelId, folder: path })),
    /** Promotes the model that was promoted before. */
    rollBack: verb<ModelSummary>()('workspace', none),
    promotions: verb<PromotionEvent[]>()('workspace', none),
    compare: verb<Comparison>()(
      'workspace',
      z.object({
        beforeId: modelId,
        afterId: modelId,
        metric: z.enum(metricNames),
        set: z.enum(evaluationSets),
        /** Leaves out what is among the held-out corrections: beside these, each photo counts once. */
        withoutHeldOut: z.boolean().default(false),
      }),
    ),
  },
  /** Encoder packages. A process of its own reads, tests and writes them. */
  encoders: {
    list: verb<EncoderList>()('main', none),
    /** Imports an encoder, tests it on one photo and keeps it; the original is only read. */
    add: verb<AddedEncoderReport>()('main', addEncoderSchema),
    /** Ends an import under way; nothing of it is kept. */
    stopAdding: verb<null>()('main', none),
    /** Checks its files against the manifest and encodes one photo. */
    verify: verb<EncoderCheck>()('main', z.object({ encoderId })),
    remove: verb<null>()('main', z.object({ encoderId })),
  },
  search: {
    /** Photos by what an encoder sees in them: among those that have an embedding. */
    photos: verb<PhotoSearchResult>()('main', z.object({ encoderId, query: photoQuerySchema, limit: z.number().int().min(1).max(200_000).default(200) })),
  },
  embeddings: {
    /** Computes the embeddings that a search needs, where they are missing. */
    start: verb<Job>()('workspace', z.object({ encoderId })),
  },
  /** The workspace's cached features. */
  features: {
    list: verb<FeatureCacheSummary[]>()('main', none),
    remove: verb<null>()('main', z.object({ name: z.string().min(1).max(300) })),
    /** Deletes caches, the one unused for longest first, until the settings' limit is kept. */
    evict: verb<{ removed: number; bytes: number }>()('main', none),
  },
  cluster: clusterVerbs,
  jobs: {
    list: verb<Job[]>()('workspace', none),
    /** The first files or images that a job left out, and why. */
    failures: verb<JobFailure[]>()('workspace', z.object({ jobId })),
    pause: verb<Job>()('main', z.object({ jobId })),
    resume: verb<Job>()('main', z.object({ jobId })),
    /** Ends a job; what it finished is kept (a training run leaves its best checkpoint as a model when `keep` says so). */
    cancel: verb<Job>()('main', z.object({ jobId, keep: z.boolean() })),
    retry: verb<Job>()('main', z.object({ jobId })),
    clearFinished: verb<null>()('workspace', none),
  },
  experiments: {
    /** The recipes that come with Capstan. */
    ready: verb<ReadyExperiment[]>()('main', none),
    list: verb<ExperimentSummary[]>()('workspace', none),
    get: verb<ExperimentView>()('workspace', z.object({ experiment: experimentIdSchema })),
    /** Begins an experiment from a recipe file; one of the same name goes on. */
    start: verb<Job>()('workspace', z.object({ name: z.string().min(1).max(200), recipe: path, data: z.enum(experimentDataSources) })),
    /** Goes on with the cells that are not done. */
    resume: verb<Job>()('workspace', z.object({ experiment: experimentIdSchema })),
    /** Its table as Markdown. */
    table: verb<string>()('workspace', z.object({ experiment: experimentIdSchema })),
  },
  plots: {
    /** Writes a plot that the page drew: its SVG, its pixels as a data: address, or the SVG printed as PDF. */
    save: verb<null>()(
      'main',
      z.object({
        file: path,
        plot: z.discriminatedUnion('format', [
          z.object({ format: z.enum(['svg', 'pdf']), svg: z.string().startsWith('<svg ').max(5_000_000) }),
          z.object({ format: z.literal('png'), png: z.string().startsWith('data:image/png;base64,').max(50_000_000) }),
        ]),
      }),
    ),
  },
  reports: {
    /** Writes one file about a comparison or an experiment: HTML, or PDF where its name ends so. */
    start: verb<Job>()('workspace', reportSettingsSchema),
  },
  exports: {
    /** Writes texts with what is asked for beside them; the formats are `exportFormats`. */
    start: verb<Job>()('workspace', exportSettingsSchema),
    /** Newest first. */
    list: verb<ExportRecord[]>()('workspace', none),
  },
} as const

type Contract = typeof contract
type Namespace = keyof Contract
export type VerbName = { [N in Namespace]: `${N}.${keyof Contract[N] & string}` }[Namespace]
type VerbOf<Name extends VerbName> = Name extends `${infer N extends Namespace}.${infer V}` ? (V extends keyof Contract[N] ? Contract[N][V] : never) : never
type InputSchema<Name extends VerbName> = VerbOf<Name> extends { input: infer Schema extends z.ZodType } ? Schema : never

/** What a caller may leave out has a default in the schema. */
export type VerbInput<Name extends VerbName> = z.input<InputSchema<Name>>
export type VerbParsed<Name extends VerbName> = z.output<InputSchema<Name>>
export type VerbResult<Name extends VerbName> = VerbOf<Name> extends { result?: infer Result } ? Exclude<Result, undefined> : never

/** The verbs that an owner answers. */
export type VerbOwnedBy<Of extends Owner> = { [Name in VerbName]: VerbOf<Name> extends { owner: Of } ? Name : never }[VerbName]
/** One function for each verb of an owner: a verb that nobody answers does not compile. */
export type Answers<Of extends Owner> = { [Name in VerbOwnedBy<Of>]: (input: VerbParsed<Name>) => VerbResult<Name> | Promise<VerbResult<Name>> }

export type { ApiEvents, Decision, EventName }

/** What the preload puts on `window.capstan`. */
export interface CapstanBridge {
  call<Name extends VerbName>(
    name: Name,
    ...input: undefined extends VerbInput<Name> ? [VerbInput<Name>?] : [VerbInput<Name>]
  ): Promise<Reply<VerbResult<Name>>>
  /** The path of a file that was dropped on the page; '' for one that is not on disk. */
  pathOf(file: unknown): string
  on<Name extends EventName>(name: Name, listener: (payload: ApiEvents[Name]) => void): () => void
}

/** The contract entry of a verb's name, or undefined for a name that is not in it. */
export function findVerb(name: string): { input: z.ZodType; owner: Owner } | undefined {
  const [namespace = '', verbName = ''] = name.split('.')
  const verbs: Record<string, Record<string, { input: z.ZodType; owner: Owner }>> = contract
  if (!Object.hasOwn(verbs, namespace)) return undefined
  const group = verbs[namespace]
  return group !== undefined && Object.hasOwn(group, verbName) ? group[verbName] : undefined
}
