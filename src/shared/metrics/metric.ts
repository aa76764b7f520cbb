/** What an entry of the table of metrics says, and what a metric is given to compute with. */
import type { DocumentFrequency } from './document-counter.ts'
import type { MeteorStatistics } from './meteor-statistics.ts'
import { NgramIndex, splitWords, type NgramCounts } from './ngrams.ts'
import type { SummableMetric } from './summable.ts'

/** One image's tokenized candidate and references (at least one). */
export interface ImageToScore {
  id: number | string
  candidate: readonly string[]
  references: readonly (readonly string[])[]
}

/** CLIP's embeddings of an image and of its captions, joined with the prefix that CLIPScore wants. */
export interface EmbeddedImage {
  id: ImageToScore['id']
  /** embeddings of any length other than zero, all of the same width */
  image: Float32Array
  candidate: Float32Array
  references: readonly Float32Array[]
}

/** What must be there for a metric to be computed. */
export type MetricNeed = 'references' | 'document frequencies' | 'METEOR resources' | 'METEOR paraphrases' | 'SPICE' | 'encoder'

interface Described {
  /** The names of its values, as coco-caption writes them, with what people read. Values that come from the same counts share an entry. */
  titles: Readonly<Record<string, string>>
  /** What it is asked for by, where that is not its name: METEOR is the variant whose resources are there. */
  askedAs?: string
  needs: readonly MetricNeed[]
  /** Computed unless told otherwise: always, where its tool is installed, or only when asked for. */
  offered: 'usually' | 'with its tool' | 'when asked'
  /** Numbers that an image adds to the sums. */
  width: number
  /** Its values, in the order of `titles`, from rows summed over `images` images. */
  values(sums: ArrayLike<number>, images: number): number[]
}

/** A metric that needs nothing but words. `rows`: images × width. */
export interface WordMetric extends Described {
  from: 'words'
  rows(set: WordSet): Float64Array
}

/** A metric that needs what the engine opens for it. `rows`: images × width. */
export interface ToolMetric extends Described {
  from: 'tool'
  /** Calls `breathe` every so many images: it tells how many are done, and throws when the scoring is cancelled. */
  rows(images: readonly ImageToScore[], tools: Partial<MetricTools>, breathe: (done: number) => Promise<void>): Promise<Float64Array>
}

export type Metric = WordMetric | ToolMetric

/** Captions are joined by single spaces, as coco-caption passes them. */
export interface MetricTools {
  /** METEOR with the resources at hand; `name` is the variant they make. */
  meteor: { name: string; statistics(candidate: string, references: readonly string[]): MeteorStatistics }
  /** SPICE's F of every image. */
  spice(images: readonly ImageToScore[], onProgress: (done: number) => void): Promise<readonly number[]>
  /** CLIP's embeddings of every image with its captions. */
  embeddings: readonly EmbeddedImage[]
}

/** A set of images with the n-grams of their captions, counted once for all metrics. */
export interface WordSet {
  images: readonly ImageToScore[]
  index: NgramIndex
  candidates: readonly NgramCounts[]
  references: readonly (readonly NgramCounts[])[]
  /** A stored table; without one, frequencies are counted over these references, as coco-caption does. */
  documentFrequency: DocumentFrequency | undefined
}

export function wordSet(images: readonly ImageToScore[], documentFrequency?: DocumentFrequency): WordSet {
  const index = new NgramIndex()
  const candidates = images.map((image) => index.count(splitWords(image.candidate)))
  const references = images.map((image) => image.references.map((tokens) => index.count(splitWords(tokens))))
  return { images, index, candidates, references, documentFrequency }
}

/** A metric whose corpus value is the mean over images. */
export const mean = { width: 1, values: (sums: ArrayLike<number>, images: number): number[] => [sums[0] / images] } as const

/** The metric over rows that were computed now, or stored before. */
export function summable({ titles, width, values }: Pick<Metric, 'titles' | 'width' | 'values'>, rows: Float64Array): SummableMetric {
  return { names: Object.keys(titles), width, rows, values }
}
