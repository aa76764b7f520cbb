/** The nouns of the workbench, as every process knows them. Rows of the dataset keep the same names in snake_case (engine/workspace). */
import { z } from 'zod'
import { labelId, rating } from './annotation/labels.ts'
import { failureKinds } from './failures.ts'
import type { EvaluationProvenance, EvaluationSet, Intervals, Scores } from './metrics/evaluations.ts'
import { metricNames, type MetricName } from './metrics/table.ts'

export * from './application.ts'
export * from './encoders.ts'
export * from './failures.ts'
export * from './metrics/evaluations.ts'
export { metricNames, type MetricName } from './metrics/table.ts'
export * from './scoring-tools.ts'
export * from './writing.ts'

const whole = new Intl.NumberFormat('en-GB')

/** `12,000`. */
export function count(value: number): string {
  return whole.format(value)
}

/** `1 caption`, `12,000 captions`. */
export function countOf(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`
}

// ---- images and texts -------------------------------------------------------------------------------------------------------------

/** pending → draft → one of the four decisions; reopening leads back to pending. */
export const reviewStates = ['pending', 'draft', 'accepted', 'corrected', 'rejected', 'skipped'] as const
export type ReviewState = (typeof reviewStates)[number]

/** What was wrong with a candidate, as the annotator names it: the id of a label of the workspace. */
export type ErrorType = string

export const splits = ['train', 'dev', 'test', 'none'] as const
export type Split = (typeof splits)[number]

/** How a data set's file numbers or names a photo: COCO's image id. `7` and `"7"` are different to scorers, and the same to a person who matches files. */
export const imageIdSchema = z.union([z.number().int(), z.string().min(1).max(1000)])
export type ImageId = z.infer<typeof imageIdSchema>

export interface Candidate {
  id: number
  modelId: string
  modelName: string
  rank: number // 0 = best
  text: string
  /** Null where the model is known by its captions alone. */
  logProbability: number | null
  /** Log-probability of each word, where the captioner gave them. */
  tokenLogProbabilities: number[] | null
  beam: number
  scores: Scores
  createdAt: string
}

export interface Reference {
  id: number
  text: string
  /** The file that it came in; of one that a person wrote anew ''. */
  source: string
  /** The reference that this one was written in place of: that one is kept, set aside. */
  corrects: number | null
  /** Who wrote it; null where it stands as it was imported. */
  author: string | null
  writtenAt: string | null
  /** Who set it aside; null while it stands. */
  asideBy: string | null
  asideAt: string | null
}

export interface Correction {
  id: number
  /** Of which of the photo's captions. */
  slot: number
  candidateId: number | null
  text: string
  replaces: string
  errorTypes: ErrorType[]
  rating: number | null // 1–5
  author: string
  createdAt: string
  /** It was made about a photo that lay under this name before. */
  ofEarlierPhoto: boolean
}

/** One of a photo's captions by people. */
export interface CaptionPlace {
  imageId: number
  /** Its place in the photo's list, from 0. */
  slot: number
}

/** The standing of one of a photo's captions by people. `revision` grows with every change and guards against stale edits. */
export interface Review extends CaptionPlace {
  state: ReviewState
  revision: number
  /** The text that stands: the correction, the accepted candidate or the draft; null before any. */
  text: string | null
  candidateId: number | null
  errorTypes: ErrorType[]
  rating: number | null
  /** Who wrote the text or made the decision that stands; null before anybody did. */
  author: string | null
  updatedAt: string | null
}

/** What a photo's captions by people come to (`photoStanding` in review.ts). */
export interface PhotoStanding {
  state: ReviewState
  /** How many of its captions are decided. */
  decided: number
}

/** A caption as it is on disk after a change, and what the photo's captions come to with it. */
export interface SavedReview extends Review {
  photo: PhotoStanding
}

/** What undo or redo did. */
export interface Turned {
  imageIds: number[]
  /** Of which caption of the image, where it concerned one alone. */
  slot: number | null
  description: string
}

export interface LibraryRow {
  imageId: number
  fileName: string
  split: Split
  width: number
  height: number
  state: ReviewState
  /** How many of its captions by people are decided. */
  decided: number
  /** The best candidate of the model in view, or null. */
  caption: string | null
  /** The first text that stands after review, or null. */
  reviewedText: string | null
  score: number | null
  references: number
  /** Of that candidate. */
  logProbability: number | null
  /** The best that a person gave. */
  rating: number | null
  updatedAt: string | null
  tags: string[]
  /** Another photo lies under its name than was imported, and nobody has decided about it. */
  changed: boolean
}

/** A list of photos in an order that a person made. */
export interface PhotoList {
  id: number
  name: string
  images: number
}

/** What stood for the photo that lay under an image's name before. */
export interface EarlierPhoto {
  /** When it was noticed that another one lies there. */
  noticedAt: string
  /** Of the first caption that was begun. */
  state: ReviewState
  texts: string[]
  /** Boxes that were drawn on it. */
  regions: number
}

export interface ImageDetail {
  imageId: number
  fileName: string
  /** The path shown to a person; the window never opens it. */
  path: string
  width: number
  height: number
  split: Split
  tags: string[]
  candidates: Candidate[]
  /** Why it could not be captioned, where the last try failed and there is no candidate. */
  captioningFailure: string | null
  /** Those that stand. */
  references: Reference[]
  /** Those that people corrected or set aside: nothing is scored against them or learned from them. */
  referencesAside: Reference[]
  /** Captions by people, by slot: those that were begun, and at least as many as the project asks for. */
  captions: Review[]
  /** How many the project asks for. */
  wanted: number
  corrections: Correction[]
  /** Set while the photo that replaced it waits for a decision. */
  earlier: EarlierPhoto | null
}

/** A box that an annotator drew, in shares of the upright image's width and height. */
export interface Region {
  id: number
  imageId: number
  left: number
  top: number
  width: number
  height: number
  label: string
  /** a detector's; null for what a person drew */
  score: number | null
  source: string
}

/** What a team agreed on for its captions. Every saved version is kept. */
export interface Guidelines {
  /** 0 before any were written. */
  version: number
  /** Markdown. */
  text: string
  author: string
  createdAt: string | null
}

/** What a team agreed on for all of a workspace's photos. */
export interface ProjectSettings {
  /** How many captions by people each photo is to have. */
  captionsWanted: number
}

// ---- finding images ---------------------------------------------------------------------------------------------------------------

export const libraryFilterSchema = z.object({
  /** Words that must occur in the file name, a candidate, a reference or the reviewed text. */
  text: z.string().max(500).default(''),
  states: z.array(z.enum(reviewStates)).default([]),
  splits: z.array(z.enum(splits)).default([]),
  errorTypes: z.array(labelId).default([]),
  ratings: z.array(rating).default([]),
  tags: z.array(labelId).default([]),
  /** Images with a caption of one of them: who wrote its text or made the decision that stands. */
  authors: z.array(z.string().max(200)).default([]),
  captioned: z.enum(['any', 'yes', 'no']).default('any'),
  /** Only images whose photo was replaced under its name, and waits for a decision. */
  changed: z.boolean().default(false),
  score: z
    .object({ metric: z.enum(metricNames), minimum: z.number().nullable(), maximum: z.number().nullable() })
    .nullable()
    .default(null),
  /** Images whose candidate was found to fail this way when it was judged, by references or by its correction. */
  failure: z
    .object({ kind: z.enum(failureKinds), against: z.enum(['references', 'corrections']).default('references') })
    .nullable()
    .default(null),
  /** Only images whose caption by a person has a word that neither the dictionary nor the project knows. */
  unknownWords: z.boolean().default(false),
  /** Some of the photo's captions are decided, others wait. */
  begun: z.boolean().default(false),
  /** Only photos of a saved list. */
  listId: z.number().int().positive().nullable().default(null),
  /** The model whose candidates and scores are meant; null = the promoted one. */
  modelId: z.string().nullable().default(null),
})
export type LibraryFilter = z.infer<typeof libraryFilterSchema>
export const anyFilter: LibraryFilter = libraryFilterSchema.parse({})

export const librarySortSchema = z.object({
  by: z.enum(['position', 'name', 'score', 'log-probability', 'state', 'updated', 'split', 'rating', 'list']).default('position'),
  metric: z.enum(metricNames).default('CIDEr'),
  direction: z.enum(['ascending', 'descending']).default('ascending'),
})
export type LibrarySort = z.infer<typeof librarySortSchema>

/** Where a person was in a workspace. */
export const placeSchema = z.object({ filter: libraryFilterSchema, sort: librarySortSchema, imageId: z.number().int().nullable() })
export type Place = z.infer<typeof placeSchema>

export interface LibraryFacets {
  total: number
  states: Record<ReviewState, number>
  splits: Record<Split, number>
  captioned: number
  notCaptioned: number
  withReferences: number
  ratings: Record<string, number>
  /** By id; those that no image has are missing. */
  errorTypes: Record<string, number>
  tags: Record<string, number>
  /** Whoever wrote a caption that stands, or decided about one, with how many images. */
  authors: { name: string; images: number }[]
  changed: number
  begun: number
}

// ---- training -------------------------------------------------------------------------------------------------------------------------

/** A file or an image that a job left out. */
export interface JobFailure {
  subject: string
  reason: string
}

export interface TrainingPoint {
  step: number
  epoch: number
  loss: number
  learningRate: number
  /** Tokens trained per second. */
  speed: number
}

/** What the model in training says of the pinned images, with the dev score of that moment. */
export interface TrainingSample {
  step: number
  epoch: number
  scores: Scores
  captions: { imageId: number; text: string }[]
}

export interface TrainingCurve {
  jobId: number
  totalSteps: number
  points: TrainingPoint[]
  samples: TrainingSample[]
}

// ---- snapshots, models, evaluations -----------------------------------------------------------------------------------------------

export interface Snapshot {
  id: number
  name: string
  images: number
  texts: number
  corrections: number
  heldOut: number
  createdAt: string
}

export const replaySources = ['stored', 'own', 'both'] as const
export type ReplaySource = (typeof replaySources)[number]

/** What a fine-tuning run may be told; everything has a default. */
/** Null: as suits the parent, by what its manifest says of its training (engine/fine-tuning/learning-method.ts). */
const asSuits = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null)

export const fineTuneRecipeSchema = z.object({
  /** Which parts learn: biases and norms (and the rows of words that joined), the decoder, or all. */
  parts: asSuits(z.enum(['biases', 'decoder', 'all'])),
  epochs: asSuits(z.number().int().min(1).max(200)),
  learningRate: asSuits(z.number().positive().max(0.1)),
  /** Epochs of self-critical training after imitation, rewarded by corrections and rehearsed captions; 0 = none. */
  criticEpochs: asSuits(z.number().int().min(0).max(200)),
  batchImages: z.number().int().min(1).max(256).default(8),
  labelSmoothing: asSuits(z.number().min(0).max(0.5)),
  /** Decay of the moving average of the weights, which is what is judged and kept; 0 = none. */
  averaging: asSuits(z.number().min(0).max(0.999)),
  seed: z.number().int().min(0).default(1),
  /** Share of each batch taken from photos that are rehearsed, against forgetting. */
  replay: asSuits(z.number().min(0).max(0.9)),
  /**
   * What is rehearsed: `stored` captions (references, accepted texts), the parent's `own` captions of photos that nobody captioned, or `both`:
   * stored ones, filled up with its own where they are few.
   */
  replaySource: z.enum(replaySources).default('both'),
  /** Weight of the divergence from the parent's word distributions on the rehearsed captions; 0 = none. */
  distillation: z.number().min(0).max(10).default(0),
  /** Share of what was learned that is kept: the model lies between its parent (0) and where training led (1), against forgetting. */
  keep: asSuits(z.number().gt(0).max(1)),
  /** How much the words that a correction changed count beside kept ones: 1 = as much. */
  emphasis: asSuits(z.number().min(1).max(100)),
  /** Weight of preferring corrections to what they replace, and of turning away from rejected candidates; 0 = none. */
  preference: asSuits(z.number().min(0).max(100)),
  /** How soon a preference has been learned well enough: higher is sooner, and nearer to the parent. */
  beta: z.number().positive().max(10).default(0.1),
  /** How far ratings weigh: a correction counts more the worse its candidate was rated, an accepted caption the better it was; 0 = not at all. */
  ratings: asSuits(z.number().min(0).max(0.9)),
  /** Words that occur so often in the corrections join the vocabulary; 0 = no word joins. */
  newWords: z.number().int().min(0).max(100).default(2),
  /** Share of the corrections held out for the gate and the before/after score. */
  heldOut: z.number().min(0).max(0.5).default(0.15),
  /** Epochs without a gain on the held-out corrections before it stops; 0 = it never stops so: few photos cannot tell. */
  patience: z.number().int().min(0).max(50).default(0),
})
export type FineTuneRecipe = z.infer<typeof fineTuneRecipeSchema>

/** What a model is here: a package with weights, or captions alone that another program made. */
export type ModelSource =
  | {
      kind: 'package'
      architecture: string
      parameters: number
      encoderId: string
      /** Where it came from: shipped with the app, trained here, or imported. */
      origin: 'shipped' | 'trained' | 'imported'
    }
  | { kind: 'external'; family: string; version: number; note: string; licence: string; file: string }

export interface ModelSummary {
  id: string
  name: string
  source: ModelSource
  parentId: string | null
  snapshotId: number | null
  promoted: boolean
  available: boolean
  createdAt: string
  /** Scores of its last evaluation, by set. */
  evaluations: Evaluation[]
}

export interface Evaluation {
  id: number
  modelId: string
  set: EvaluationSet
  images: number
  scores: Scores
  beam: number
  documentFrequencyId: string
  /** Images that table was counted over. */
  documentFrequencyImages: number
  /** What the scores stand on; absent in evaluations made before it was recorded. */
  provenance?: EvaluationProvenance
  /** Absent in evaluations made before they were kept, and of a single image. */
  intervals?: Intervals
  createdAt: string
}

export interface PromotionEvent {
  id: number
  modelId: string
  modelName: string
  previousModelId: string | null
  author: string
  createdAt: string
}

/** One image under two models. `delta` = after − before in the metric asked for. */
export interface ComparisonRow {
  imageId: number
  fileName: string
  before: string | null
  after: string | null
  beforeScore: number | null
  afterScore: number | null
  delta: number | null
  target: string | null
}

export interface Comparison {
  beforeId: string
  afterId: string
  metric: MetricName
  images: number
  /** Photos of the set that do not count here: they are among the held-out corrections. */
  leftOut: number
  better: number
  worse: number
  same: number
  /** Corpus scores over the images that both were scored on; of the last evaluations where no per-image scores are left. */
  before: Scores
  after: Scores
  /** 95 % paired bootstrap interval of the corpus metric's difference. */
  intervals: Partial<Record<MetricName, { low: number; high: number }>>
  /** Its two-sided bootstrap p. */
  pValues: Scores
  rows: ComparisonRow[]
}
