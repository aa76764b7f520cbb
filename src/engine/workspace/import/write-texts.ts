/** Puts imported texts in their places: one transaction, and one step that undo takes back where people's work is touched. */
import type { JobBatch } from '#shared/jobs.ts'
import { recordAction, type ActionChange } from '../repositories/actions.ts'
import { candidateByText } from '../repositories/captions.ts'
import { rebuildDocumentFrequency } from '../repositories/document-frequencies.ts'
import { refreshImageText } from '../repositories/image-text.ts'
import { replaceReferences } from '../repositories/references.ts'
import { captionsWanted } from '../repositories/properties.ts'
import { imageReviews, insertCorrection, standingOf, writeStanding, type Standing } from '../repositories/reviews.ts'
import { knowLabels } from '../labels/labels.ts'
import { wordDifference } from '../review/word-difference.ts'
import type { Database } from '../storage/database.ts'
import { rowsBetweenTelling, type Written } from './staging.ts'
import { stateOf, textsTitle } from './texts-source.ts'

type Texts = Extract<JobBatch, { kind: 'texts' }>

/** Called inside a transaction. Images that somebody has worked on since the file was read are passed by. Returns how many images changed. */
export function writeTexts(
  database: Database,
  { as, file, rows }: Texts,
  { author, time, written }: { author: string; time: string; written: Written },
): number {
  const changed =
    as === 'references' ? writeReferences(database, { file, rows, time, written }) : writeReviews(database, { as, file, rows, author, time, written })
  refreshImageText(database, changed)
  return changed.length
}

interface ReferenceTexts {
  file: string
  rows: Texts['rows']
  time: string
  written: Written
}

function writeReferences(database: Database, { file, rows, time, written }: ReferenceTexts): number[] {
  const changed = rows.filter(({ imageId, texts }, index) => {
    if (index % rowsBetweenTelling === 0) written(index, rows.length)
    const references = texts.map(({ text }) => ({ text, source: file }))
    return replaceReferences(database, imageId, references)
  })
  if (changed.length > 0) rebuildDocumentFrequency(database, time)
  return changed.map(({ imageId }) => imageId)
}

interface ReviewTexts extends ReferenceTexts {
  as: 'corrections' | 'drafts'
  author: string
}

/** Each text goes to a caption that nobody has begun; where people have begun all of them since the file was read, the photo stays as it is. */
function writeReviews(database: Database, { as, file, rows, author, time, written }: ReviewTexts): number[] {
  const wanted = captionsWanted(database)
  const changes: ActionChange[] = []
  for (const [row, { imageId, texts }] of rows.entries()) {
    if (row % rowsBetweenTelling === 0) written(row, rows.length)
    const free = imageReviews(database, imageId, wanted).filter(({ state, slot }) => state === 'pending' && slot < wanted)
    for (const [index, given] of texts.slice(0, free.length).entries()) {
      const { slot } = free[index]
      const { text, errorTypes, rating, before } = given
      const taken = as === 'corrections' && given.accepted ? candidateByText(database, imageId, text) : undefined
      const candidateId = taken ?? (before === null ? null : (candidateByText(database, imageId, before) ?? null))
      knowLabels(database, 'error', errorTypes)
      const by = given.author ?? author
      const at = given.time ?? time
      const after: Standing = { state: taken === undefined ? stateOf(as) : 'accepted', text, candidateId, errorTypes, rating, author: by }
      if (after.state === 'corrected') {
        const replaces = before ?? ''
        const difference = wordDifference(replaces, text)
        insertCorrection(database, { imageId, slot, candidateId, text, replaces, difference, errorTypes, rating, author: by }, at)
      }
      writeStanding(database, { imageId, slot }, after, at)
      changes.push({ imageId, slot, before: standingOf(free[index]), after })
    }
  }
  const images = [...new Set(changes.map(({ imageId }) => imageId))]
  if (changes.length > 0) recordAction(database, textsTitle({ as, file }, images.length), author, { reviews: changes }, time)
  return images
}
