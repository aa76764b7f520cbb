/** The metrics that need nothing but words, of a whole result set: per image and for the corpus, in coco-caption's conventions. */
import { AppError } from '#shared/errors.ts'
import type { DocumentFrequency } from '#shared/metrics/document-counter.ts'
import { summable, wordSet, type ImageToScore, type WordMetric } from '#shared/metrics/metric.ts'
import { corpusValues, type MetricValues, type SummableMetric } from '#shared/metrics/summable.ts'
import { metricsAskedFor, metricTable, type MetricName } from '#shared/metrics/table.ts'

export type { ImageToScore }

export interface CorpusRequest {
  images: readonly ImageToScore[]
  /** all that need only words unless told; others are passed by */
  metrics?: readonly MetricName[]
  /** a stored table; without it frequencies are counted over the references given, as coco-caption does */
  documentFrequency?: DocumentFrequency | undefined
}

/** Which document frequencies a CIDEr stands on. */
export type FrequencyProvenance = { source: 'evaluated-set'; images: number } | { source: 'stored-table'; id: string; images: number }

export interface CorpusScores {
  corpus: MetricValues
  perImage: Map<ImageToScore['id'], MetricValues>
  provenance: { documentFrequency: FrequencyProvenance }
  /** what the corpus values are made of, for resampling */
  statistics: SummableMetric[]
}

/**
 * Scores a result set. Corpus BLEU comes from summed counts, ROUGE-L and CIDEr are means over images.
 * @throws AppError `bad-input` for an image without references or given twice, `too-little-data` for no image
 */
export function scoreCorpus({ images, metrics, documentFrequency }: CorpusRequest): CorpusScores {
  checkImages(images)
  const words = wordSet(images, documentFrequency)
  const chosen = metrics === undefined ? metricTable : metricsAskedFor(metrics)
  const computed = chosen.filter((metric): metric is WordMetric => metric.from === 'words').map((metric) => summable(metric, metric.rows(words)))
  const wanted = (name: string): boolean => metrics === undefined || metrics.some((each) => each === name)
  return {
    corpus: onlyWanted(corpusValues(computed, images.length), wanted),
    perImage: new Map(images.map(({ id }, position) => [id, onlyWanted(valuesOfImage(computed, position), wanted)])),
    provenance: { documentFrequency: frequencyProvenance(documentFrequency, images.length) },
    statistics: computed,
  }
}

/** The values of one image's rows. */
export function valuesOfImage(metrics: readonly SummableMetric[], position: number): MetricValues {
  const scores: MetricValues = {}
  for (const { names, width, rows, values } of metrics) {
    values(rows.subarray(position * width, (position + 1) * width), 1).forEach((value, each) => {
      scores[names[each]] = value
    })
  }
  return scores
}

function onlyWanted(values: MetricValues, wanted: (name: string) => boolean): MetricValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => wanted(name)))
}

/** Which table a CIDEr of `images` images stands on. */
export function frequencyProvenance(table: DocumentFrequency | undefined, images: number): FrequencyProvenance {
  return table ? { source: 'stored-table', id: table.id, images: table.images } : { source: 'evaluated-set', images }
}

function checkImages(images: readonly ImageToScore[]): void {
  const nothingScored = { kept: 'Nothing was scored.' }
  if (images.length === 0) {
    throw new AppError('too-little-data', 'There is no image to score.', { ...nothingScored, todo: 'Give at least one caption.' })
  }
  const seen = new Set<number | string>()
  for (const { id, references } of images) {
    if (references.length === 0) {
      throw new AppError('bad-input', `Image ${id} has no reference caption.`, {
        ...nothingScored,
        todo: 'Add a reference or leave it out.',
      })
    }
    if (seen.has(id)) {
      throw new AppError('bad-input', `Image ${id} is given twice.`, { ...nothingScored, todo: 'Keep one caption for each image.' })
    }
    seen.add(id)
  }
}
