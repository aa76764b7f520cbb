/** Scores of a model's stored best candidates: per image, and for the set as a whole. */
import {
  metricNames,
  type EvaluationProvenance,
  type EvaluationSet,
  type FrequencySource,
  type Intervals,
  type MetricName,
  type Scores,
} from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import { bootstrapIntervals } from '#engine/metrics/statistics/bootstrap.ts'
import type { CaptionedImage } from '#engine/metrics/match-results.ts'
import { buildDocumentFrequency, serializeDocumentFrequency, type DocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { setFailures, type SetFailures } from '#engine/metrics/failures/failure-summary.ts'
import { countTraining, type TrainingCaptions } from '#engine/metrics/failures/failures.ts'
import { evaluate, tokenizeReferences, type Evaluation, type EvaluationProgress } from '#engine/metrics/evaluate.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { judgedImages, referenceSetOf } from '#engine/workspace/scores/image-sets.ts'
import { annotatedObjects } from '#engine/workspace/import/write-instances.ts'
import { bestCaptions } from '#engine/workspace/repositories/captions.ts'
import { currentDocumentFrequencyId, loadStoredDocumentFrequency } from '#engine/workspace/repositories/document-frequencies.ts'
import { getModel, modelNumber } from '#engine/workspace/repositories/models.ts'
import { scoringTokenizer } from '#engine/workspace/scores/tokens.ts'
import { captionImages } from '#engine/library-captioning/caption-images.ts'
import type { Scorers } from './scorers.ts'

const rowsPerBatch = 1000

export interface ScoringRequest {
  modelId: string
  set: EvaluationSet
  beam: number
  /** Which document frequencies CIDEr uses; a stored table unless told. */
  frequencies?: FrequencySource
  scorers: Scorers
}

/**
 * Captions what is missing in the set, scores it with coco-caption's tokenizer and conventions, and commits scores and evaluation.
 * @throws AppError `too-little-data` where no image of the set has something to be judged against; `cancelled`; as `evaluate`
 */
export async function scoreSet(context: JobContext, database: Database, request: ScoringRequest): Promise<{ images: number; scores: Scores }> {
  const { modelId, set, beam, scorers } = request
  const judged = judgedImages(database, set)
  if (judged.length === 0) {
    throw new AppError('too-little-data', `No image of the set “${set}” has ${set === 'held-out corrections' ? 'a held-out correction' : 'references'}.`, {
      kept: 'Nothing was changed.',
      todo: set === 'held-out corrections' ? 'Correct captions and freeze a snapshot that holds some out.' : 'Import references, or choose another set.',
    })
  }
  const imageIds = judged.map(({ imageId }) => imageId)
  // Another captioner's captions are as they came: those that are missing stay missing.
  const model = getModel(database, modelId).source
  if (model.kind === 'package') await captionImages(context, database, { modelId, imageIds, beam, again: 'other-beam', message: `Captioning ${set}` })
  await context.unpaused()
  const captions = bestCaptions(database, imageIds, modelNumber(database, modelId))
  const images = judged.flatMap(({ imageId, references }): (CaptionedImage & { id: number })[] => {
    const caption = captions.get(imageId)
    return caption === undefined ? [] : [{ id: imageId, candidate: caption.text, references }]
  })
  if (images.length === 0) {
    throw new AppError('too-little-data', `No image of the set “${set}” has a caption of this model.`, {
      kept: 'Nothing was changed.',
      todo: 'Import its captions of these images, or choose another set.',
    })
  }
  const { table: documentFrequency, source } = await documentFrequencyOf(context, database, request, images)
  const evaluation = await evaluate({
    ...scorers,
    images,
    documentFrequency,
    signal: context.signal,
    onProgress: (progress) => context.progress({ done: progress.done, total: progress.total, unit: 'images', message: `${stageTitle(progress)} ${set}` }),
  })
  const cider = new Map(Array.from(evaluation.perImage, ([id, scores]) => [id, scores.CIDEr]))
  const failures = setFailures(evaluation.tokenized, { cider, training: trainingCaptions(database), objects: annotatedObjects(database), documentFrequency })
  await commit(
    context,
    { modelId, set, beam: model.kind === 'package' ? beam : 0 },
    { evaluation, failures },
    images.map(({ id }) => id),
    { id: documentFrequency.id, source },
  )
  return { images: images.length, scores: knownScores(evaluation.corpus) }
}

function stageTitle({ stage }: EvaluationProgress): string {
  return stage === 'tokens' ? 'Reading the captions of' : stage === 'scores' ? 'Scoring' : `${stage} of`
}

/** The table in force; where there is none over these words, or where it is asked for, one counted over the scored images, as coco-caption does. */
async function documentFrequencyOf(
  context: JobContext,
  database: Database,
  { modelId, frequencies = 'stored' }: ScoringRequest,
  images: readonly CaptionedImage[],
): Promise<{ table: DocumentFrequency; source: FrequencySource }> {
  const id = frequencies === 'stored' ? currentDocumentFrequencyId(database, modelId) : null
  if (id !== null) return { table: loadStoredDocumentFrequency(database, id), source: 'stored' }
  const table = buildDocumentFrequency(tokenizeReferences(images.map(({ references }) => references)), scoringTokenizer)
  await context.emit({ kind: 'document-frequency', table: serializeDocumentFrequency(table) })
  return { table, source: 'evaluated' }
}

/** The references of the train split, which tell what is rare and what is copied; undefined where there are none. */
function trainingCaptions(database: Database): TrainingCaptions | undefined {
  const captions = judgedImages(database, 'train').map(({ references }) => references)
  return captions.length === 0 ? undefined : countTraining(tokenizeReferences(captions).flat())
}

async function commit(
  context: JobContext,
  { modelId, set, beam }: Omit<ScoringRequest, 'scorers'>,
  { evaluation, failures }: { evaluation: Evaluation; failures: SetFailures },
  imageIds: readonly number[],
  { id: documentFrequencyId, source }: { id: string; source: FrequencySource },
): Promise<void> {
  const rows = imageIds.map((imageId, position) => ({
    imageId,
    scores: knownScores(evaluation.perImage.get(imageId) ?? {}),
    statistics: statisticsAt(evaluation, position),
    failures: failures.perImage.get(imageId) ?? [],
    measures: failures.measures.get(imageId),
  }))
  for (let first = 0; first < rows.length; first += rowsPerBatch) {
    const portion = rows.slice(first, first + rowsPerBatch)
    await context.emit({ kind: 'scores', modelId, referenceSet: referenceSetOf(set), documentFrequencyId, rows: portion })
  }
  await context.emit({
    kind: 'evaluation',
    modelId,
    set,
    images: rows.length,
    scores: knownScores(evaluation.corpus),
    beam,
    documentFrequencyId,
    provenance: provenanceOf(evaluation, source),
    failures: failures.summary,
    ...(rows.length < 2 ? {} : { intervals: intervalsOf(evaluation, rows.length) }),
  })
}

/** What an image adds to the metrics that are no mean over images, under the last of their names. */
function statisticsAt({ statistics }: Evaluation, position: number): Partial<Record<MetricName, number[]>> {
  const ofImage: Partial<Record<MetricName, number[]>> = {}
  for (const { names, width, rows } of statistics) {
    const name = metricNames.find((known) => known === names.at(-1))
    if (width > 1 && name !== undefined) ofImage[name] = Array.from(rows.subarray(position * width, (position + 1) * width))
  }
  return ofImage
}

/** Beyond this many images the interval is narrow and each resample slow. */
const manyImages = 20_000

function intervalsOf({ statistics }: Evaluation, images: number): Intervals {
  const all = bootstrapIntervals(statistics, { resamples: images > manyImages ? 200 : 1000, seed: 1 })
  const intervals: Intervals = {}
  for (const name of metricNames) if (Object.hasOwn(all, name)) intervals[name] = { low: all[name].low, high: all[name].high }
  return intervals
}

function provenanceOf({ provenance: { tokenizer, meteor, spice }, spiceDetails }: Evaluation, source: FrequencySource): EvaluationProvenance {
  return {
    tokenizer,
    documentFrequency: source,
    ...(meteor === undefined ? {} : { meteor }),
    ...(spice === undefined ? {} : { spice: { java: spice.java, subsets: spiceDetails?.subsets ?? {} } }),
  }
}

/** Metrics by the names of the contract. */
export function knownScores(values: Readonly<Record<string, number>>): Scores {
  const scores: Scores = {}
  for (const name of metricNames satisfies readonly MetricName[]) if (Object.hasOwn(values, name)) scores[name] = values[name]
  return scores
}
