/** Finds what an operation would change among corrections and drafts, and changes what a person ticked: one step that undo takes back. */
import type { VerbParsed } from '#shared/api.ts'
import { mostTextChanges, operationTitle, type TextChange, type TextChanges } from '#shared/annotation/text-changes.ts'
import { oneLine, tidyCaption } from '#shared/review.ts'
import { recordAction, type ActionChange } from '../repositories/actions.ts'
import { findCaption } from '../repositories/captions.ts'
import { refreshImageText } from '../repositories/image-text.ts'
import { passingImages } from '../repositories/library.ts'
import { numberInView } from '../repositories/models.ts'
import { getReview, insertCorrection, standingOf, writeStanding } from '../repositories/reviews.ts'
import type { ReviewContext } from '../review/review-context.ts'
import { wordDifference } from '../review/word-difference.ts'
import { inSlices } from '../slices.ts'
import type { Database } from '../storage/database.ts'
import { textChanger, type TextChanger } from './operations.ts'

type Found = Omit<TextChange, 'after'>

const batch = 200 // texts

/** @throws AppError as `textChanger` */
export async function previewChanges(database: Database, { operation, scope }: VerbParsed<'texts.preview'>): Promise<TextChanges> {
  const change = textChanger(operation)
  const chosen = scope.imageIds === undefined ? null : new Set(scope.imageIds)
  const passes = scope.filter === undefined ? null : passingImages(database, scope.filter, numberInView(database, scope.filter.modelId))
  const inScope = ({ imageId }: Found): boolean => (chosen === null || chosen.has(imageId)) && (passes === null || passes[imageId] === 1)
  return inSlices(search(database, change, inScope))
}

function* search(database: Database, change: TextChanger, inScope: (found: Found) => boolean): Generator<void, TextChanges> {
  // Places first: a statement must not stay open while others write between two slices.
  const places = database
    .prepare<[], { imageId: number; slot: number }>(
      "SELECT image_id AS imageId, slot FROM review WHERE state IN ('draft', 'corrected') ORDER BY image_id, slot",
    )
    .all()
  const read = database.prepare<[string], Found>(
    `SELECT image_id AS imageId, slot, revision, file_name AS fileName, state, text AS before FROM json_each(?) AS wanted
     JOIN review ON image_id = value ->> 'imageId' AND slot = value ->> 'slot' JOIN image ON image.id = image_id
     WHERE state IN ('draft', 'corrected') AND text IS NOT NULL ORDER BY wanted.key`,
  )
  const found: TextChanges = { changes: [], more: 0, emptied: 0 }
  for (let start = 0; start < places.length; start += batch) {
    const rows = read.all(JSON.stringify(places.slice(start, start + batch))).filter(inScope)
    const texts = change(rows.map(({ before }) => before))
    rows.forEach((row, index) => {
      const after = row.state === 'corrected' ? tidyCaption(texts[index]) : oneLine(texts[index])
      if (after === row.before) return
      if (after.trim() === '') found.emptied += 1
      else if (found.changes.length < mostTextChanges) found.changes.push({ ...row, after })
      else found.more += 1
    })
    yield
  }
  return found
}

/** Captions that changed since they were looked at are passed by. */
export function changeTexts(context: ReviewContext, { operation, changes: wanted }: VerbParsed<'texts.change'>): { changed: number; passedBy: number } {
  const { database, author, time } = context
  const work = database.transaction(() => {
    const changes: ActionChange[] = []
    for (const { imageId, slot, expectedRevision, text: given } of wanted) {
      const place = { imageId, slot }
      const review = getReview(database, place)
      if (review.revision !== expectedRevision || (review.state !== 'draft' && review.state !== 'corrected')) continue
      const before = standingOf(review)
      const text = review.state === 'corrected' ? tidyCaption(given) : oneLine(given)
      const after = { ...before, text, author }
      if (review.state === 'corrected') {
        const { candidateId, errorTypes, rating } = before
        const replaces = candidateId === null ? '' : (findCaption(database, candidateId)?.text ?? '')
        insertCorrection(database, { ...place, candidateId, text, replaces, difference: wordDifference(replaces, text), errorTypes, rating, author }, time)
      }
      writeStanding(database, place, after, time)
      changes.push({ ...place, before, after })
    }
    const passedBy = wanted.length - changes.length
    if (changes.length === 0) return { changed: 0, passedBy }
    const title = `${operationTitle(operation)}: ${changes.length} ${changes.length === 1 ? 'caption' : 'captions'}`
    recordAction(database, title, author, { reviews: changes }, time)
    refreshImageText(database, new Set(changes.map(({ imageId }) => imageId)))
    return { changed: changes.length, passedBy }
  })
  return work.immediate()
}
