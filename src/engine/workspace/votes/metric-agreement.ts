/**
 * Which metric to believe: each metric's preference between the two texts beside the votes. Metrics of words are computed on the frozen texts, against the
 * photo's references as they stand; those of tools come from the scores that the workspace has of these very captions.
 */
import { askedNames, metricTable, metricsAskedFor, type MetricName } from '#shared/metrics/table.ts'
import type { Ballot, MetricAgreement, VoteResults, VoteSide } from '#shared/votes/votes.ts'
import { tidyCaption } from '#shared/review.ts'
import { scoreCorpus, type ImageToScore } from '#engine/metrics/score-corpus.ts'
import { percentiles, resamplesOf } from '#engine/metrics/statistics/bootstrap.ts'
import { tableTauB } from '#engine/metrics/statistics/kendall.ts'
import { currentDocumentFrequencyId, loadStoredDocumentFrequency } from '../repositories/document-frequencies.ts'
import { modelNumber, promotedModel } from '../repositories/models.ts'
import { referenceTexts } from '../repositories/references.ts'
import { scoringTokens } from '../scores/tokens.ts'
import type { Database } from '../storage/database.ts'
import type { StoredVote, Verdict } from './stored-votes.ts'

/** Score of A less score of B by photo, for each metric. */
type Differences = Map<MetricName, Map<number, number>>

/** Differences below this are rounding. */
const smallestDifference = 1e-9
const photosPerStep = 100
const withoutTable: readonly MetricName[] = metricTable.filter(({ needs }) => needs.some((need) => need === 'document frequencies')).flatMap(namesOf)
const ofWords: readonly MetricName[] = metricTable.filter(({ from }) => from === 'words').flatMap(namesOf)
const ofTools: readonly MetricName[] = metricTable.filter(({ from }) => from === 'tool').flatMap(namesOf)

function namesOf(entry: { titles: Readonly<Record<string, string>> }): MetricName[] {
  return Object.keys(entry.titles) as MetricName[]
}

interface Texts {
  imageId: number
  textA: string
  textB: string
}

/** Of votes on first showings, those that were skipped left out. */
export function* metricAgreements(database: Database, ballot: Ballot, votes: readonly StoredVote[]): Generator<void, Pick<VoteResults, 'metrics' | 'leftOut'>> {
  const given = votes.filter(({ repeats, verdict }) => repeats === null && verdict !== 'skip')
  const photos = [...new Map(given.map(({ imageId, textA, textB }) => [imageId, { imageId, textA, textB }])).values()]
  const tableId = currentDocumentFrequencyId(database, promotedModel(database)?.id ?? null)
  const differences = new Map([...(yield* wordDifferences(database, ballot, photos, tableId)), ...storedDifferences(database, ballot, photos)])
  const metrics = yield* agreementsOf(differences, given)
  return {
    metrics: metrics.sort((one, other) => (other.tau?.value ?? -2) - (one.tau?.value ?? -2)),
    leftOut: given.length === 0 ? [] : leftOut(new Set(metrics.map(({ metric }) => metric)), ballot, tableId),
  }
}

/** A vote that was not skipped. */
type Judged = Pick<StoredVote, 'imageId' | 'verdict'>

interface Judgements {
  metric: string
  /** Of each vote: the photo's place, and the cell of a 3 × 3 table of what the metric (row) and the vote (column) are for: B, neither or A. */
  photos: Int32Array
  cells: Uint8Array
}

/**
 * Kendall's τ-b between what each metric says of the two texts (better, same, worse) and what the votes say. Every vote counts from both sides, so that it
 * does not matter which is called A: without ties this is the share of votes that the metric agrees with, less the share that it does not. Photos are
 * resampled, for all metrics together.
 */
export function* agreementsOf(differences: ReadonlyMap<string, ReadonlyMap<number, number>>, votes: readonly Judged[]): Generator<void, MetricAgreement[]> {
  const places = new Map([...new Set(votes.map(({ imageId }) => imageId))].map((imageId, place) => [imageId, place]))
  const judged = Array.from(differences, ([metric, byPhoto]) => judgementsOf(metric, byPhoto, votes, places)).filter(({ cells }) => cells.length > 0)
  const drawn = judged.map((): number[] => [])
  for (const weights of resamplesOf(places.size, {})) {
    judged.forEach((each, index) => {
      const tau = tauOf(each, weights)
      if (tau !== null) drawn[index].push(tau)
    })
    yield
  }
  return judged.map((each, index) => {
    const tau = tauOf(each)
    const cells = countsOf(each)
    return {
      metric: each.metric,
      photos: new Set(each.photos).size,
      votes: each.cells.length,
      decided: cells[0] + cells[2] + cells[6] + cells[8],
      agreeing: cells[0] + cells[8],
      tau: tau === null ? null : { value: tau, ...percentiles(drawn[index]) },
    }
  })
}

function judgementsOf(metric: string, byPhoto: ReadonlyMap<number, number>, votes: readonly Judged[], places: ReadonlyMap<number, number>): Judgements {
  const known = votes.filter(({ imageId }) => byPhoto.has(imageId))
  const rowOf = (difference: number): number => (Math.abs(difference) < smallestDifference ? 1 : 1 + Math.sign(difference))
  const columnOf = (verdict: Verdict): number => (verdict === 'a' ? 2 : verdict === 'b' ? 0 : 1)
  return {
    metric,
    photos: Int32Array.from(known, ({ imageId }) => places.get(imageId) ?? 0),
    cells: Uint8Array.from(known, ({ imageId, verdict }) => 3 * rowOf(byPhoto.get(imageId) ?? 0) + columnOf(verdict)),
  }
}

function countsOf({ photos, cells }: Judgements, weights?: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(9)
  for (let vote = 0; vote < cells.length; vote++) counts[cells[vote]] += weights === undefined ? 1 : weights[photos[vote]]
  return counts
}

/** From both sides: a cell and the one across the middle are the same. */
function tauOf(judgements: Judgements, weights?: ArrayLike<number>): number | null {
  const counts = countsOf(judgements, weights)
  const both = counts.map((count, cell) => count + counts[8 - cell])
  return tableTauB([both.subarray(0, 3), both.subarray(3, 6), both.subarray(6, 9)])
}

/** A text that is one of the photo's references, or may be copied from one, is never judged by itself. */
function* wordDifferences(database: Database, { a, b }: Ballot, photos: readonly Texts[], tableId: string | null): Generator<void, Differences> {
  const metrics = tableId === null ? ofWords.filter((name) => !withoutTable.includes(name)) : ofWords
  const documentFrequency = tableId === null ? undefined : loadStoredDocumentFrequency(database, tableId)
  const differences: Differences = new Map(metrics.map((metric) => [metric, new Map<number, number>()]))
  const byPeople = (side: VoteSide): boolean => side.kind !== 'model'
  for (let first = 0; first < photos.length; first += photosPerStep) {
    const portion = photos.slice(first, first + photosPerStep)
    const references = referenceTexts(
      database,
      portion.map(({ imageId }) => imageId),
    )
    const images = portion.flatMap(({ imageId, textA, textB }): ImageToScore[] => {
      const own = [...(byPeople(a) ? [textA] : []), ...(byPeople(b) ? [textB] : [])].map((text) => scoringTokens(text).join(' '))
      const judgedBy = (references.get(imageId) ?? []).map(scoringTokens).filter((tokens) => !own.includes(tokens.join(' ')))
      if (judgedBy.length === 0) return []
      return [textA, textB].map((text, side) => ({ id: `${side} ${imageId}`, candidate: scoringTokens(text), references: judgedBy }))
    })
    yield
    if (images.length === 0) continue
    const { perImage } = scoreCorpus({ images, metrics, documentFrequency })
    for (const { imageId } of portion) {
      const [ofA, ofB] = [perImage.get(`0 ${imageId}`), perImage.get(`1 ${imageId}`)]
      if (ofA !== undefined && ofB !== undefined) for (const metric of metrics) differences.get(metric)?.set(imageId, ofA[metric] - ofB[metric])
    }
    yield
  }
  return differences
}

/** From scores of both models' captions, where these are the texts that were voted on. */
function storedDifferences(database: Database, { a, b }: Ballot, photos: readonly Texts[]): Differences {
  if (a.kind !== 'model' || b.kind !== 'model') return new Map()
  const select = database.prepare<[string, number, string], { imageId: number; value: number; text: string }>(
    `SELECT score.image_id AS imageId, score.value, text FROM json_each(?) AS wanted
     CROSS JOIN score ON score.model_number = ? AND reference_set = 'references' AND metric = ? AND score.image_id = wanted.value
     JOIN caption ON caption.id = caption_id`,
  )
  const wanted = JSON.stringify(photos.map(({ imageId }) => imageId))
  const scoresOf = ({ modelId }: { modelId: string }, metric: MetricName) =>
    new Map(select.all(wanted, modelNumber(database, modelId), metric).map(({ imageId, value, text }) => [`${imageId} ${tidyCaption(text)}`, value]))
  return new Map(
    ofTools.map((metric) => {
      const [ofA, ofB] = [scoresOf(a, metric), scoresOf(b, metric)]
      const found = photos.flatMap(({ imageId, textA, textB }): [number, number][] => {
        const [left, right] = [ofA.get(`${imageId} ${textA}`), ofB.get(`${imageId} ${textB}`)]
        return left === undefined || right === undefined ? [] : [[imageId, left - right]]
      })
      return [metric, new Map(found)]
    }),
  )
}

/** By what metrics are asked for: METEOR is left out where none of its variants is there. */
function leftOut(there: ReadonlySet<string>, { a, b }: Ballot, tableId: string | null): VoteResults['leftOut'] {
  const missing = askedNames().filter((name) => !metricsAskedFor([name]).some((entry) => Object.keys(entry.titles).some((title) => there.has(title))))
  const reasons = new Map<string, string[]>()
  for (const name of missing) {
    const reason = reasonOf(name, a.kind === 'model' && b.kind === 'model', tableId)
    reasons.set(reason, [...(reasons.get(reason) ?? []), name])
  }
  return Array.from(reasons, ([reason, metrics]) => ({ reason, metrics }))
}

function reasonOf(name: MetricName, models: boolean, tableId: string | null): string {
  if (ofWords.includes(name)) {
    return tableId === null && withoutTable.includes(name) ? 'no document frequencies are there' : 'no photo has a reference to judge both texts by'
  }
  return models ? 'both models have to be scored with it on these photos' : 'it is known of models’ scored captions alone'
}
