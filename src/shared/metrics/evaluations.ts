/** Scores of captions: by metric, of which sets, what an evaluation stands on, and two models side by side. */
import { z } from 'zod'
import { metricNames, type MetricName } from './table.ts'

/** The values of some metrics. */
export type Scores = Partial<Record<MetricName, number>>

/** 95 % bootstrap intervals over images, by metric. */
export const intervalsSchema = z.partialRecord(z.enum(metricNames), z.object({ low: z.number(), high: z.number() }))
export type Intervals = z.infer<typeof intervalsSchema>

/** The images that an evaluation judged. */
export const evaluationSets = ['held-out corrections', 'dev', 'test', 'train', 'all'] as const
export type EvaluationSet = (typeof evaluationSets)[number]

export const setTitles: Record<EvaluationSet, string> = {
  'held-out corrections': 'Held-out corrections',
  dev: 'Dev',
  test: 'Test',
  train: 'Train',
  all: 'All images',
}

export const evaluationProvenanceSchema = z.object({
  tokenizer: z.string(),
  /** Absent in evaluations made before it was recorded: then it was a stored table where there was one. */
  documentFrequency: z.enum(['stored', 'evaluated']).exactOptional(),
  meteor: z.object({ name: z.string(), resources: z.string(), paraphrases: z.string().nullable() }).exactOptional(),
  /** `subsets`: mean F by kind of tuple, null where no reference has such tuples. */
  spice: z.object({ java: z.string(), subsets: z.record(z.string(), z.number().nullable()) }).exactOptional(),
})
export type EvaluationProvenance = z.infer<typeof evaluationProvenanceSchema>

/** The document-frequency table that new scores use, and whose it is. */
export interface DocumentFrequencyStatus {
  id: string
  images: number
  source: 'workspace' | 'model' | 'file'
  /** Of a table of the workspace: whether it was counted over the train split or over all images with references, where either is still so. */
  countedOver?: 'train' | 'all'
}

/** Which document frequencies an evaluation's CIDEr stands on: a stored table, or the evaluated images' own, as coco-caption counts them. */
export const frequencySources = ['stored', 'evaluated'] as const
export type FrequencySource = (typeof frequencySources)[number]

/** A corpus metric of two models on the same images. `low` and `high`: 95 % paired bootstrap interval of after − before, from two images on. */
export interface MetricDifference {
  images: number
  before: number
  after: number
  interval: { low: number; high: number } | null
  /** Two-sided bootstrap p of the difference, at least 1 in (resamples + 1); null of a single image. */
  p: number | null
}

/** Two models on the images of a set that both were scored on, put together from stored per-image statistics. */
export interface CorpusComparison {
  beforeId: string
  afterId: string
  set: EvaluationSet
  metrics: Partial<Record<MetricName, MetricDifference>>
}
