/** Scores of a model's stored best candidates: per image, and for the set as a whole. */
import type { EvaluationSet, MetricName, Scores } from '#shared/domain.ts'
import { metricNames } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'
import { scoreCorpus } from '../metrics/score-corpus.ts'
import type { Database } from '../workspace/database.ts'
import { judgedImages, referenceSetOf } from '../workspace/image-sets.ts'
import { bestCaptions } from '../workspace/repositories/captions.ts'
import { currentDocumentFrequencyId, loadStoredDocumentFrequency } from '../workspace/repositories/document-frequencies.ts'
import { modelNumber } from '../workspace/repositories/models.ts'
import { scoringTokens } from '../workspace/tokens.ts'
import { captionImages } from './captioning.ts'

const rowsPerBatch = 1000

export interface ScoringRequest {
  modelId: string
  set: EvaluationSet
  beam: number
}

/**
 * Captions what is missing in the set, scores it, and commits scores and evaluation.
 * @throws AppError `too-little-data` where no image of the set has something to be judged against
 */
export async function scoreSet(context: JobContext, database: Database, { modelId, set, beam }: ScoringRequest): Promise<{ images: number; scores: Scores }> {
  const judged = judgedImages(database, set)
  if (judged.length === 0) {
    throw new AppError('too-little-data', `No image of the set “${set}” has ${set === 'held-out corrections' ? 'a held-out correction' : 'references'}.`, {
      kept: 'Nothing was changed.',
      todo: set === 'held-out corrections' ? 'Correct captions and freeze a snapshot that holds some out.' : 'Import references, or choose another set.',
    })
  }
  const documentFrequencyId = currentDocumentFrequencyId(database, modelId)
  if (documentFrequencyId === null) {
    throw new AppError('unavailable', 'There are no document frequencies for CIDEr: neither references nor a table that came with the model.', {
      kept: 'Nothing was changed.',
      todo: 'Import references first.',
    })
  }
  const imageIds = judged.map(({ imageId }) => imageId)
  await captionImages(context, database, { modelId, imageIds, beam, again: false, message: `Captioning ${set}` })
  context.progress({ done: imageIds.length, total: imageIds.length, unit: 'images', message: `Scoring ${set}` })
  const captions = bestCaptions(database, imageIds, modelNumber(database, modelId))
  const images = judged.flatMap(({ imageId, references }) => {
    const caption = captions.get(imageId)
    return caption === undefined ? [] : [{ id: imageId, candidate: scoringTokens(caption.text), references: references.map(scoringTokens) }]
  })
  const { corpus, perImage } = scoreCorpus({ images, metrics: metricNames, documentFrequency: loadStoredDocumentFrequency(database, documentFrequencyId) })
  for (let first = 0; first < images.length; first += rowsPerBatch) {
    const rows = images.slice(first, first + rowsPerBatch).map(({ id }) => ({ imageId: id, scores: knownScores(perImage.get(id) ?? {}) }))
    await context.emit({ kind: 'scores', modelId, referenceSet: referenceSetOf(set), documentFrequencyId, rows })
  }
  const scores = knownScores(corpus)
  await context.emit({ kind: 'evaluation', modelId, set, images: images.length, scores, beam, documentFrequencyId })
  return { images: images.length, scores }
}

/** Metrics by the names of the contract. */
export function knownScores(values: Readonly<Record<string, number>>): Scores {
  const scores: Scores = {}
  for (const name of metricNames satisfies readonly MetricName[]) if (Object.hasOwn(values, name)) scores[name] = values[name]
  return scores
}
