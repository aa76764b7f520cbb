/** Two models over the same images, from their stored per-image scores: what got better, what got worse, and how sure that is. */
import { metricNames } from '#shared/domain.ts'
import type { Comparison, ComparisonRow, CorpusComparison, EvaluationSet, MetricDifference, MetricName } from '#shared/domain.ts'
import type { Database } from '../storage/database.ts'
import { imagesOfSet, judgedAmong, referenceSetOf } from './image-sets.ts'
import { addPairs, emptyPairs, pairedDifferences, pairedMetrics } from './paired-scores.ts'
import { bestCaptions } from '../repositories/captions.ts'
import { getImages } from '../repositories/images.ts'
import { listEvaluations, modelNumber } from '../repositories/models.ts'
import { readScores, type StoredScore } from '../repositories/scores.ts'
import { inSlices } from '../slices.ts'

export interface CorpusQuery {
  beforeId: string
  afterId: string
  set: EvaluationSet
}

export interface ComparisonQuery extends CorpusQuery {
  metric: MetricName
  /** Leaves out photos that are held-out corrections too: beside these, each photo counts once. */
  withoutHeldOut?: boolean
}

/** Differences below this are rounding. */
const smallestDifference = 1e-9
/** Images read in one step: some milliseconds of work. */
const imagesPerStep = 200

/** Corpus metrics of both models over the images that both were scored on. @throws AppError `not-found` for an unknown model */
export function compareCorpora(database: Database, query: CorpusQuery): Promise<CorpusComparison> {
  return inSlices(corpusSteps(database, query))
}

function* corpusSteps(database: Database, { beforeId, afterId, set }: CorpusQuery): Generator<void, CorpusComparison> {
  const pairs = emptyPairs()
  const numbers = [modelNumber(database, beforeId), modelNumber(database, afterId)]
  for (const imageIds of portions(imagesOfSet(database, set))) {
    const [before, after] = numbers.map((number) => readScores(database, { modelNumber: number, referenceSet: referenceSetOf(set) }, imageIds, pairedMetrics))
    addPairs(pairs, before, after)
    yield
  }
  return { beforeId, afterId, set, metrics: yield* pairedDifferences(pairs) }
}

/** The same with a row for each image by one metric, worst first. @throws AppError `not-found` for an unknown model */
export function compareModels(database: Database, query: ComparisonQuery): Promise<Comparison> {
  return inSlices(comparisonSteps(database, query))
}

function* comparisonSteps(database: Database, { beforeId, afterId, metric, set, withoutHeldOut = false }: ComparisonQuery): Generator<void, Comparison> {
  const pairs = emptyPairs()
  const rows: ComparisonRow[] = []
  const [beforeNumber, afterNumber] = [modelNumber(database, beforeId), modelNumber(database, afterId)]
  const metrics = [...new Set([...pairedMetrics, metric])]
  const judgedElsewhere = new Set(withoutHeldOut && set !== 'held-out corrections' ? imagesOfSet(database, 'held-out corrections') : [])
  const whole = imagesOfSet(database, set)
  const counted = whole.filter((imageId) => !judgedElsewhere.has(imageId))
  for (const imageIds of portions(counted)) {
    const scoresOf = (number: number): StoredScore[] => readScores(database, { modelNumber: number, referenceSet: referenceSetOf(set) }, imageIds, metrics)
    const [before, after] = [scoresOf(beforeNumber), scoresOf(afterNumber)]
    addPairs(pairs, before, after)
    const byImage = (scores: StoredScore[]): Map<number, StoredScore> =>
      new Map(scores.filter((score) => score.metric === metric).map((score) => [score.imageId, score]))
    const [scoresBefore, scoresAfter] = [byImage(before), byImage(after)]
    const [captionsBefore, captionsAfter] = [bestCaptions(database, imageIds, beforeNumber), bestCaptions(database, imageIds, afterNumber)]
    const names = new Map(getImages(database, imageIds).map(({ id, fileName }) => [id, fileName]))
    for (const { imageId, references } of judgedAmong(database, set, imageIds)) {
      const [scoreBefore, scoreAfter] = [scoresBefore.get(imageId), scoresAfter.get(imageId)]
      rows.push({
        imageId,
        fileName: names.get(imageId) ?? '',
        before: captionsBefore.get(imageId)?.text ?? null,
        after: captionsAfter.get(imageId)?.text ?? null,
        beforeScore: scoreBefore?.value ?? null,
        afterScore: scoreAfter?.value ?? null,
        delta: differenceOf(scoreBefore, scoreAfter),
        target: references[0] ?? null,
      })
    }
    yield
  }
  const deltas = rows.flatMap(({ delta }) => (delta === null ? [] : [delta]))
  const better = deltas.filter((delta) => delta > smallestDifference).length
  const worse = deltas.filter((delta) => delta < -smallestDifference).length
  yield
  const differences = yield* pairedDifferences(pairs)
  return {
    beforeId,
    afterId,
    metric,
    images: deltas.length,
    leftOut: whole.length - counted.length,
    better,
    worse,
    same: deltas.length - better - worse,
    ...corpusValues(database, { beforeId, afterId, set }, differences, counted.length === whole.length),
    rows: rows.sort((a, b) => (a.delta ?? Infinity) - (b.delta ?? Infinity)),
  }
}

/** Scores count in pairs only: both models scored with the same document frequencies. */
function differenceOf(before: StoredScore | undefined, after: StoredScore | undefined): number | null {
  if (before === undefined || after === undefined || before.documentFrequencyNumber !== after.documentFrequencyNumber) return null
  return after.value - before.value
}

type CorpusValues = Pick<Comparison, 'before' | 'after' | 'intervals' | 'pValues'>

/** Of the pairs; where none are left (captions were made anew), of the last evaluations, if they stand on the same table. */
function corpusValues(
  database: Database,
  { beforeId, afterId, set }: CorpusQuery,
  differences: Partial<Record<MetricName, MetricDifference>>,
  whole: boolean,
): CorpusValues {
  const last = (modelId: string) => listEvaluations(database).find((evaluation) => evaluation.modelId === modelId && evaluation.set === set)
  const values: CorpusValues = { before: {}, after: {}, intervals: {}, pValues: {} }
  for (const metric of metricNames) {
    const difference = differences[metric]
    if (difference === undefined) continue
    values.before[metric] = difference.before
    values.after[metric] = difference.after
    if (difference.interval !== null) values.intervals[metric] = difference.interval
    if (difference.p !== null) values.pValues[metric] = difference.p
  }
  if (Object.keys(differences).length > 0 || !whole) return values
  const [before, after] = [last(beforeId), last(afterId)]
  if (before?.documentFrequencyId !== after?.documentFrequencyId) return values
  return { ...values, before: before?.scores ?? {}, after: after?.scores ?? {} }
}

function* portions(imageIds: readonly number[]): Generator<number[], void> {
  for (let first = 0; first < imageIds.length; first += imagesPerStep) yield imageIds.slice(first, first + imagesPerStep)
}
