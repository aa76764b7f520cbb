/** Puts imported texts in their places: one transaction, and one step that undo takes back where people's work is touched. */
import type { z } from 'zod'
import type { TextRole } from '#shared/exchange.ts'
import { textRowSchema } from '#shared/jobs.ts'
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
import { clearStaging, countStaged, rowsBetweenTelling, stagedRows, type Written } from './staging.ts'
import { stateOf, textsTitle } from './texts-source.ts'

interface Texts {
  /** Whose rows are staged. */
  jobId: number
  as: TextRole
  file: string
  author: string
  time: string
  written: Written
}

/** Writes a job's staged texts. Called inside a transaction. Images that somebody has worked on since the file was read are passed by. Returns how many images changed. */
export function writeTexts(database: Database, { as, ...texts }: Texts): number {
  const changed = as === 'references' ? writeReferences(database, texts) : writeReviews(database, { as, ...texts })
  refreshImageText(database, changed)
  clearStaging(database, texts.jobId)
  return changed.length
}

type ReferenceTexts = Omit<Texts, 'as'>

function writeReferences(database: Database, { jobId, file, time, written }: ReferenceTexts): number[] {
  const changed: number[] = []
  for (const { imageId, texts } of told(database, { jobId, written })) {
    const references = texts.map(({ text }) => ({ text, source: file }))
    if (replaceReferences(database, imageId, references)) changed.push(imageId)
  }
  if (changed.length > 0) rebuildDocumentFrequency(database, time)
  return changed
}

/** The staged rows, with how far one is among them. */
function* told(database: Database, { jobId, written }: Pick<Texts, 'jobId' | 'written'>): Generator<z.infer<typeof textRowSchema>> {
  const total = countStaged(database, jobId)
  let done = 0
  for (const row of stagedRows(database, textRowSchema, jobId)) {
    if (done % rowsBetweenTelling === 0) written(done, total)
    done += 1
    yield row
  }
}

interface ReviewTexts extends ReferenceTexts {
  as: 'corrections' | 'drafts'
}

/** Each text goes to a caption that nobody has begun; where people have begun all of them since the file was read, the photo stays as it is. */
function writeReviews(database: Database, { jobId, as, file, author, time, written }: ReviewTexts): number[] {
  const wanted = captionsWanted(database)
  const changes: ActionChange[] = []
  for (const { imageId, texts } of told(database, { jobId, written })) {
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
