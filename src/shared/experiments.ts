/** Experiments as they lie on disk and as the window shows them: a grid of cells, what became of each, and its scores with intervals. */
import { z } from 'zod'
import { errorReportSchema } from './errors.ts'
import { significance } from './metrics/holm.ts'

export const experimentFormatVersion = 1

/** waiting: not begun; running: begun and not ended (interrupted, where no process works on it); done and failed. */
export const cellStates = ['waiting', 'running', 'done', 'failed'] as const
export type CellState = (typeof cellStates)[number]

export const cellSchema = z.strictObject({
  /** Stable: made of the four names below. */
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/),
  encoder: z.string(),
  captioner: z.string(),
  recipe: z.string(),
  seed: z.int().min(0),
})
export type Cell = z.infer<typeof cellSchema>

/** A corpus score with its 95 % bootstrap interval over the judged photos. */
export const intervalSchema = z.strictObject({ value: z.number(), low: z.number(), high: z.number() })
export type ScoreInterval = z.infer<typeof intervalSchema>

export const cellResultSchema = z.strictObject({
  parameters: z.int().min(1),
  /** Words of the vocabulary, UNK included. */
  words: z.int().min(1),
  visualTokens: z.int().min(1),
  judgedPhotos: z.int().min(1),
  scores: z.record(z.string(), intervalSchema),
  /** What at least half of the photos were given, where one caption is: it says nothing about any of them. */
  collapsedTo: z.string().exactOptional(),
  steps: z.int().min(0),
  trainingSeconds: z.number().min(0),
  /** Targets a second, the median over the run; null for a run too short to tell. */
  tokensPerSecond: z.number().nullable(),
  /** Captions a second with features at hand. */
  captionsPerSecond: z.number(),
  /** Photos a second, from the file to the caption. */
  photosPerSecond: z.number(),
})
export type CellResult = z.infer<typeof cellResultSchema>

/** Without the details: they name places on this machine, and results are shared. */
export const reportSchema = z.strictObject(errorReportSchema.omit({ details: true }).shape)

/** The difference of a cell to its baseline, paired over the photos that both judged. */
export const differenceSchema = intervalSchema.extend({ p: z.number() })
export type ScoreDifference = z.infer<typeof differenceSchema>

export const comparedCellSchema = z.strictObject({
  cell: cellSchema,
  state: z.enum(cellStates),
  error: reportSchema.nullable(),
  result: cellResultSchema.nullable(),
  /** One for each baseline of the experiment; null where the cell is its own baseline or one of the two is not done. */
  differences: z.array(z.strictObject({ baseline: z.string(), metrics: z.record(z.string(), differenceSchema) }).nullable()),
})
export type ComparedCell = z.infer<typeof comparedCellSchema>

/** The cells that differ in the seed alone, as far as they are done: what the recipe reaches, whichever seed is drawn. */
export const cellGroupSchema = z.strictObject({
  encoder: z.string(),
  captioner: z.string(),
  recipe: z.string(),
  /** Of the cells that are done. With one, intervals cover the photos only. */
  seeds: z.array(z.int()),
  /** Seeds whose cell collapsed. */
  collapsed: z.array(z.int()),
  /** Means over the seeds with 95 % intervals over photos and seeds; `spread`: the standard deviation between seeds, null of one. */
  scores: z.record(z.string(), intervalSchema.extend({ spread: z.number().nullable() })),
  /**
   * One for each baseline: null where the group is its own baseline, or one of the two has fewer than two seeds done. `adjusted`: p after Holm's correction
   * over all differences to this baseline.
   */
  differences: z.array(
    z.strictObject({ baselineCollapsed: z.boolean(), metrics: z.record(z.string(), differenceSchema.extend({ adjusted: z.number() })) }).nullable(),
  ),
})
export type CellGroup = z.infer<typeof cellGroupSchema>
export type GroupDifferences = NonNullable<CellGroup['differences'][number]>

/** Differences below this round to nothing. */
const leastShown = 0.0005

/** Which way a difference goes beyond doubt; none where a cell collapsed, and none that rounds to nothing. */
export function certainDirection({ baselineCollapsed, metrics }: GroupDifferences, metric: string, { collapsed }: CellGroup): 'up' | 'down' | null {
  const difference = Object.hasOwn(metrics, metric) ? metrics[metric] : undefined
  if (difference === undefined || baselineCollapsed || collapsed.length > 0) return null
  if (difference.adjusted > significance || Math.abs(difference.value) < leastShown) return null
  return difference.value > 0 ? 'up' : 'down'
}

/** `results.json` of an experiment: everything its table says. */
export const experimentReportSchema = z.strictObject({
  formatVersion: z.literal(experimentFormatVersion),
  name: z.string(),
  description: z.string(),
  command: z.string(),
  /** What the data is, with its sizes. */
  data: z.string(),
  trainPhotos: z.int(),
  devPhotos: z.int(),
  beam: z.int(),
  /** Names as scored, METEOR under the name of its variant; empty before the first cell is done. */
  metrics: z.array(z.string()),
  /** Titles of the baselines, as `encoder openimages-ssd`. */
  baselines: z.array(z.string()),
  cells: z.array(comparedCellSchema),
  groups: z.array(cellGroupSchema).default([]),
  /** How many photos of dev chose the checkpoints and were not judged by; 0: the judged photos chose them, too. */
  choosingPhotos: z.int().min(0).default(0),
})
export type ExperimentReport = z.infer<typeof experimentReportSchema>

// ---- in a workspace ---------------------------------------------------------------------------------------------------------------

/** The name of an experiment's folder inside the workspace's `experiments/`. */
export const experimentIdSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/)

/** Whose photos are learned from and judged on: those that the recipe names, or the workspace's own with references, by split. */
export const experimentDataSources = ['recipe', 'workspace'] as const
export type ExperimentDataSource = (typeof experimentDataSources)[number]

export interface ExperimentSummary {
  id: string
  name: string
  cells: number
  done: number
  failed: number
}

/** A point of a cell's curve: a mean loss over some steps, or the dev CIDEr-D of an evaluation. */
export interface ExperimentPoint {
  step: number
  epoch: number
  loss: number | null
  score: number | null
}

export interface ExperimentView {
  id: string
  folder: string
  report: ExperimentReport
  /** In the report's order. `modelFolder` once there is a model. */
  cells: { id: string; modelFolder: string | null; points: ExperimentPoint[] }[]
}

/** A recipe that comes with Capstan. */
export interface ReadyExperiment {
  file: string
  name: string
  description: string
}
