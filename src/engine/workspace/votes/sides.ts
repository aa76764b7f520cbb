/** The texts that a side of a ballot has for photos. */
import type { BallotRecipe, VoteSide } from '#shared/votes/votes.ts'
import { assertNever } from '#shared/errors.ts'
import { randomAt, uniformInt } from '#shared/random.ts'
import { tidyCaption } from '#shared/review.ts'
import { bestCaptions } from '../repositories/captions.ts'
import { listModels, modelNumber } from '../repositories/models.ts'
import { referenceTexts, textsByImage } from '../repositories/references.ts'
import { imagesOfSet } from '../scores/image-sets.ts'
import type { Database } from '../storage/database.ts'

/** Two texts that differ, for one photo. */
export interface TextPair {
  imageId: number
  a: string
  b: string
}

export interface ComparedTexts {
  /** In the order of the list, or of the photos. */
  pairs: TextPair[]
  /** Photos with a text of both sides, and those of them whose two are the same. */
  both: number
  same: number
}

/** Photos read in one step: some milliseconds of work. */
const photosPerStep = 200

/** The texts of both sides, of photos that have both. Photos that were replaced and wait for review are left out. @throws AppError `not-found` for an unknown model */
export function* comparedTexts(database: Database, { a, b, photos, seed }: BallotRecipe): Generator<void, ComparedTexts> {
  const found: ComparedTexts = { pairs: [], both: 0, same: 0 }
  const changed = new Set(database.prepare<[], number>('SELECT image_id FROM changed_photo').pluck().all())
  const imageIds = photosOf(database, photos).filter((imageId) => !changed.has(imageId))
  const [textsOfA, textsOfB] = [a, b].map((side) => textsOf(database, side, seed))
  for (let first = 0; first < imageIds.length; first += photosPerStep) {
    const portion = imageIds.slice(first, first + photosPerStep)
    const [ofA, ofB] = [textsOfA(portion), textsOfB(portion)]
    for (const imageId of portion) {
      const pair = { imageId, a: tidyCaption(ofA.get(imageId) ?? ''), b: tidyCaption(ofB.get(imageId) ?? '') }
      if (pair.a === '' || pair.b === '') continue
      found.both += 1
      if (pair.a === pair.b) found.same += 1
      else found.pairs.push(pair)
    }
    yield
  }
  return found
}

/** What people read of a side. */
export function sideTitles(database: Database): (side: VoteSide) => string {
  const names = new Map(listModels(database).map(({ id, name }) => [id, name]))
  return (side) => {
    switch (side.kind) {
      case 'model':
        return names.get(side.modelId) ?? side.modelId
      case 'reviewed':
        return 'Reviewed texts'
      case 'reference':
        return 'References'
      default:
        return assertNever(side)
    }
  }
}

function photosOf(database: Database, photos: BallotRecipe['photos']): number[] {
  if (photos.kind === 'set') return imagesOfSet(database, photos.set)
  return database.prepare<[number], number>('SELECT image_id FROM photo_list_item WHERE list_id = ? ORDER BY place').pluck().all(photos.listId)
}

type TextsOf = (imageIds: readonly number[]) => ReadonlyMap<number, string>

function textsOf(database: Database, side: VoteSide, seed: number): TextsOf {
  switch (side.kind) {
    case 'model': {
      const number = modelNumber(database, side.modelId)
      return (imageIds) => new Map(Array.from(bestCaptions(database, imageIds, number), ([imageId, { text }]) => [imageId, text]))
    }
    case 'reviewed':
      return (imageIds) => new Map(Array.from(reviewedTexts(database, imageIds), ([imageId, texts]) => [imageId, texts[0]]))
    case 'reference':
      return (imageIds) =>
        new Map(
          Array.from(referenceTexts(database, imageIds), ([imageId, texts]) => [
            imageId,
            texts[uniformInt(randomAt(seed, 'ballot', 4, imageId), 0, texts.length - 1)],
          ]),
        )
    default:
      return assertNever(side)
  }
}

/** What people accepted or wrote, the first caption of a photo first. */
function reviewedTexts(database: Database, imageIds: readonly number[]): Map<number, string[]> {
  return textsByImage(
    database
      .prepare<[string], { imageId: number; text: string }>(
        `SELECT image_id AS imageId, text FROM json_each(?) AS wanted JOIN review ON image_id = wanted.value
         WHERE state IN ('accepted', 'corrected') AND text IS NOT NULL ORDER BY wanted.key, slot`,
      )
      .iterate(JSON.stringify(imageIds)),
  )
}
