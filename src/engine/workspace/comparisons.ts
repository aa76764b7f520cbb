/** Two models over the same images, from their stored per-image scores: what got better, what got worse, and how sure that is. */
import { metricNames } from '#shared/domain.ts'
import type { Comparison, ComparisonRow, EvaluationSet, MetricName, Scores } from '#shared/domain.ts'
import { pairedBootstrap } from '../metrics/bootstrap.ts'
import { averaged, type SummableMetric } from '../metrics/summable.ts'
import type { Database } from './database.ts'
import { judgedImages, referenceSetOf, type JudgedImage } from './image-sets.ts'
import { bestCaptions } from './repositories/captions.ts'
import { getImages } from './repositories/images.ts'
import { listEvaluations, modelNumber } from './repositories/models.ts'
import { readScores } from './repositories/scores.ts'

export interface ComparisonQuery {
  beforeId: string
  afterId: string
  metric: MetricName
  set: EvaluationSet
}

type ImageScores = Map<MetricName, { value: number; documentFrequencyNumber: number }>
type ScoresByImage = Map<number, ImageScores>

/** Scores count in pairs only: both models scored with the same document frequencies. Differences below this are rounding. */
const smallestDifference = 1e-9
/** Beyond this the interval is narrow and each resample slow. */
const manyImages = 20_000

/** @throws AppError `not-found` for an unknown model */
export function compareModels(database: Database, query: ComparisonQuery): Comparison {
  const { beforeId, afterId, metric, set } = query
  const judged = judgedImages(database, set)
  const imageIds = judged.map(({ imageId }) => imageId)
  const side = (modelId: string): { captions: Map<number, { text: string }>; scores: ScoresByImage } => {
    const number = modelNumber(database, modelId)
    const stored = readScores(database, { modelNumber: number, referenceSet: referenceSetOf(set) }, imageIds)
    const scores: ScoresByImage = new Map()
    for (const { imageId, metric: name, value, documentFrequencyNumber } of stored) {
      const ofImage: ImageScores = scores.get(imageId) ?? new Map<MetricName, { value: number; documentFrequencyNumber: number }>()
      scores.set(imageId, ofImage.set(name, { value, documentFrequencyNumber }))
    }
    return { captions: bestCaptions(database, imageIds, number), scores }
  }
  const before = side(beforeId)
  const after = side(afterId)
  const names = new Map(getImages(database, imageIds).map(({ id, fileName }) => [id, fileName]))
  const rows = judged.map((image): ComparisonRow => {
    const pair = pairOf(before.scores, after.scores, image, metric)
    return {
      imageId: image.imageId,
      fileName: names.get(image.imageId) ?? '',
      before: before.captions.get(image.imageId)?.text ?? null,
      after: after.captions.get(image.imageId)?.text ?? null,
      beforeScore: pair?.before ?? before.scores.get(image.imageId)?.get(metric)?.value ?? null,
      afterScore: pair?.after ?? after.scores.get(image.imageId)?.get(metric)?.value ?? null,
      delta: pair ? pair.after - pair.before : null,
      target: image.references[0] ?? null,
    }
  })
  const deltas = rows.flatMap(({ delta }) => (delta === null ? [] : [delta]))
  const better = deltas.filter((delta) => delta > smallestDifference).length
  const worse = deltas.filter((delta) => delta < -smallestDifference).length
  return {
    beforeId,
    afterId,
    metric,
    images: deltas.length,
    better,
    worse,
    same: deltas.length - better - worse,
    before: corpusScores(database, beforeId, set),
    after: corpusScores(database, afterId, set),
    intervals: intervalsOf(before.scores, after.scores, judged),
    rows: rows.sort((a, b) => (a.delta ?? Infinity) - (b.delta ?? Infinity)),
  }
}

function pairOf(before: ScoresByImage, after: ScoresByImage, { imageId }: JudgedImage, metric: MetricName): { before: number; after: number } | null {
  const a = before.get(imageId)?.get(metric)
  const b = after.get(imageId)?.get(metric)
  if (a === undefined || b === undefined || a.documentFrequencyNumber !== b.documentFrequencyNumber) return null
  return { before: a.value, after: b.value }
}

/** The corpus scores of the last evaluation of the set. */
function corpusScores(database: Database, modelId: string, set: EvaluationSet): Scores {
  return listEvaluations(database).find((evaluation) => evaluation.modelId === modelId && evaluation.set === set)?.scores ?? {}
}

function intervalsOf(before: ScoresByImage, after: ScoresByImage, judged: readonly JudgedImage[]): Comparison['intervals'] {
  const intervals: Comparison['intervals'] = {}
  for (const metric of metricNames) {
    const pairs = judged.flatMap((image) => pairOf(before, after, image, metric) ?? [])
    if (pairs.length < 2) continue
    const values = (side: 'before' | 'after'): SummableMetric[] => [averaged(metric, Float64Array.from(pairs, (pair) => pair[side]))]
    const resamples = pairs.length > manyImages ? 200 : 1000
    const { low, high } = pairedBootstrap(values('before'), values('after'), { resamples, seed: 1 })[metric].difference
    intervals[metric] = { low, high }
  }
  return intervals
}
