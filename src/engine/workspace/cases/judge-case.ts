/** Whether a later model has a case's weakness no more: both models' stored scores, of photos that neither learned from. */
import type { Case, CaseVerdict, LostPhoto } from '#shared/cases/cases.ts'
import { countOf, type MetricName } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { fewestJudged, toleratedLoss, verdictOf, type GateSide } from '#shared/fine-tuning.ts'
import { delta } from '#shared/metrics/figure-text.ts'
import { metricTitle } from '#shared/metrics/table.ts'
import { bestCaptions } from '../repositories/captions.ts'
import { getImages } from '../repositories/images.ts'
import { getModel, modelNumber } from '../repositories/models.ts'
import { readScores, type StoredScore } from '../repositories/scores.ts'
import { imagesOfSet, referenceSetOf } from '../scores/image-sets.ts'
import { addPairs, emptyPairs, pairedDifferences } from '../scores/paired-scores.ts'
import type { Database } from '../storage/database.ts'
import { caseImages } from './cases.ts'
import { learnedImages } from './learned-photos.ts'

/** Images read in one step: some milliseconds of work. */
const imagesPerStep = 200
const mostLost = 12
/** Differences below this are rounding. */
const smallestDifference = 1e-9

/**
 * The case's judging photos before and after, and the others of its set, each with the paired bootstrap interval; the verdict is the gate's rule
 * (`shared/fine-tuning.ts`): the photos of the case stand for corrections, the others for what the model could do before.
 * @throws AppError `too-little-data` where a model is not scored on the set, `not-found`
 */
export function* judgeSteps(database: Database, one: Case, modelId: string): Generator<void, CaseVerdict> {
  const { metric, set } = one
  const numbers = [modelNumber(database, one.modelId), modelNumber(database, modelId)]
  const learned = new Set([...learnedImages(database, one.modelId), ...learnedImages(database, modelId)])
  const whole = new Set(caseImages(database, one.id, 'all'))
  const judging = caseImages(database, one.id, 'judging')
  const side = (imageIds: readonly number[]): Generator<void, JudgedSide> => sideSteps(database, { numbers, metric, set }, imageIds)
  const inside = yield* side(judging.filter((imageId) => !learned.has(imageId)))
  const elsewhere = yield* side(imagesOfSet(database, set).filter((imageId) => !whole.has(imageId) && !learned.has(imageId)))
  if (inside.pairs === 0 && elsewhere.pairs === 0) {
    throw new AppError('too-little-data', `“${getModel(database, modelId).name}” and the case’s own model are not both scored on this set.`, {
      kept: 'Nothing was changed.',
      todo: 'Score both in Evaluate.',
    })
  }
  const lost = [...inside.lost.map((photo) => ({ ...photo, inside: true })), ...elsewhere.lost.map((photo) => ({ ...photo, inside: false }))]
  return {
    modelId,
    verdict: verdictOf(inside.side, elsewhere.side),
    reason: `${insideSentence(inside, metric)} ${elsewhereSentence(elsewhere, metric)}`,
    inside: inside.side,
    elsewhere: elsewhere.side,
    learned: judging.filter((imageId) => learned.has(imageId)).length,
    lost: withCaptions(database, numbers, lost.sort((a, b) => a.difference - b.difference).slice(0, mostLost)),
  }
}

interface JudgedSide {
  side: GateSide | null
  /** Photos that both models are scored on. */
  pairs: number
  lost: { imageId: number; difference: number }[]
}

function* sideSteps(
  database: Database,
  { numbers, metric, set }: { numbers: readonly number[]; metric: MetricName; set: Case['set'] },
  imageIds: readonly number[],
): Generator<void, JudgedSide> {
  const pairs = emptyPairs()
  const differences: { imageId: number; difference: number }[] = []
  for (let first = 0; first < imageIds.length; first += imagesPerStep) {
    const some = imageIds.slice(first, first + imagesPerStep)
    const [before, after] = numbers.map((number) => readScores(database, { modelNumber: number, referenceSet: referenceSetOf(set) }, some, [metric]))
    addPairs(pairs, before, after)
    const later = new Map(after.map((score) => [score.imageId, score]))
    for (const score of before) {
      const difference = differenceOf(score, later.get(score.imageId))
      if (difference !== null) differences.push({ imageId: score.imageId, difference })
    }
    yield
  }
  const found = (yield* pairedDifferences(pairs))[metric]
  return {
    side: sideOf(found),
    pairs: differences.length,
    lost: differences
      .filter(({ difference }) => difference < -smallestDifference)
      .sort((a, b) => a.difference - b.difference)
      .slice(0, mostLost),
  }
}

/** Two scores are a pair when they were made over the same words. */
function differenceOf(before: StoredScore, after: StoredScore | undefined): number | null {
  return after === undefined || after.documentFrequencyNumber !== before.documentFrequencyNumber ? null : after.value - before.value
}

function sideOf(found: { images: number; before: number; after: number; interval: { low: number; high: number } | null } | undefined): GateSide | null {
  if (found === undefined || found.interval === null || found.images < fewestJudged) return null
  const { images, before, after, interval } = found
  return { photos: images, before, after, difference: after - before, ...interval }
}

function insideSentence({ side, pairs }: JudgedSide, metric: MetricName): string {
  if (side === null) return `Of the case only ${countOf(pairs, 'photo')} that nothing learned from can be compared: fewer than ${fewestJudged} cannot tell.`
  const photos = `${countOf(side.photos, 'photo')} of the case that nothing learned from`
  if (side.low > 0) return `It gained on ${photos} (${inWords(side, metric)}).`
  if (side.high < 0) return `It lost on ${photos} (${inWords(side, metric)}).`
  return `${photos} cannot tell whether it gained (${inWords(side, metric)}).`
}

function elsewhereSentence({ side }: JudgedSide, metric: MetricName): string {
  if (side === null) return 'What it cost elsewhere cannot be told: too few other photos of the set can be compared.'
  const photos = `${countOf(side.photos, 'other photo')} of the set`
  if (side.low > -toleratedLoss) return `Elsewhere it lost nothing that counts, on ${photos} (${inWords(side, metric)}).`
  if (side.high < 0) return `Elsewhere it lost, on ${photos} (${inWords(side, metric)}).`
  return `${photos} cannot tell whether it lost more than ${toleratedLoss} elsewhere (${inWords(side, metric)}).`
}

function inWords({ difference, low, high }: GateSide, metric: MetricName): string {
  return `${metricTitle(metric)} ${delta(difference)}, 95 % ${delta(low)} to ${delta(high)}`
}

function withCaptions(database: Database, [before, after]: readonly number[], lost: readonly Omit<LostPhoto, 'fileName' | 'before' | 'after'>[]): LostPhoto[] {
  const imageIds = lost.map(({ imageId }) => imageId)
  const [captionsBefore, captionsAfter] = [bestCaptions(database, imageIds, before), bestCaptions(database, imageIds, after)]
  const names = new Map(getImages(database, imageIds).map(({ id, fileName }) => [id, fileName]))
  return lost.map((photo) => ({
    ...photo,
    fileName: names.get(photo.imageId) ?? '',
    before: captionsBefore.get(photo.imageId)?.text ?? '',
    after: captionsAfter.get(photo.imageId)?.text ?? '',
  }))
}
