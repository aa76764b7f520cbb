/** Puts imported texts in their places: one transaction, and one step that undo takes back where people's work is touched. */
import type { JobBatch } from '#shared/jobs.ts'
import { recordAction, type ActionChange } from '../repositories/actions.ts'
import { candidateByText } from '../repositories/captions.ts'
import { rebuildDocumentFrequency } from '../repositories/document-frequencies.ts'
import { refreshImageText } from '../repositories/image-text.ts'
import { replaceReferences } from '../repositories/references.ts'
import { getReview, insertCorrection, standingOf, writeStanding, type Standing } from '../repositories/reviews.ts'
import { knowLabels } from '../labels/labels.ts'
import { wordDifference } from '../review/word-difference.ts'
import type { Database } from '../storage/database.ts'
import { stateOf, textsTitle } from './texts-source.ts'

type Texts = Extract<JobBatch, { kind: 'texts' }>

/** Called inside a transaction. Images that somebody has worked on since the file was read are passed by. Returns how many images changed. */
export function writeTexts(database: Database, { as, file, rows }: Texts, author: string, time: string): number {
  const changed = as === 'references' ? writeReferences(database, file, rows, time) : writeReviews(database, { as, file, rows, author, time })
  refreshImageText(database, changed)
  return changed.length
}

function writeReferences(database: Database, file: string, rows: Texts['rows'], time: string): number[] {
  const changed = rows.filter(({ imageId, texts }) =>
    replaceReferences(
      database,
      imageId,
      texts.map(({ text }) => ({ text, source: file })),
    ),
  )
  if (changed.length > 0) rebuildDocumentFrequency(database, time)
  return changed.map(({ imageId }) => imageId)
}

interface ReviewTexts {
  as: 'corrections' | 'drafts'
  file: string
  rows: Texts['rows']
  author: string
  time: string
}

function writeReviews(database: Database, { as, file, rows, author, time }: ReviewTexts): number[] {
  const changes: ActionChange[] = []
  for (const { imageId, texts } of rows) {
    const before = standingOf(getReview(database, imageId))
    if (before.state !== 'pending' || texts.length === 0) continue
    const [given] = texts
    const candidateId = given.before === null ? null : (candidateByText(database, imageId, given.before) ?? null)
    const { text, errorTypes, rating } = given
    knowLabels(database, 'error', errorTypes)
    const after: Standing = { state: stateOf(as), text, candidateId, errorTypes, rating }
    const at = given.time ?? time
    if (as === 'corrections') {
      const replaces = given.before ?? ''
      const difference = wordDifference(replaces, text)
      insertCorrection(database, { imageId, candidateId, text, replaces, difference, errorTypes, rating, author: given.author ?? author }, at)
    }
    writeStanding(database, imageId, after, at)
    changes.push({ imageId, before, after })
  }
  if (changes.length > 0) recordAction(database, textsTitle({ as, file }, changes.length), author, { reviews: changes }, time)
  return changes.map(({ imageId }) => imageId)
}
