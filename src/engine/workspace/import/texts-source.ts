/** References, corrections and drafts of photos that the workspace has, out of a file: matched, and held against what is there. Nothing is written here. */
import { basename } from 'node:path'
import type { ReviewState } from '#shared/domain.ts'
import type { JobBatch } from '#shared/jobs.ts'
import { assertNever } from '#shared/errors.ts'
import type { ImportPreview, TextsSource } from '#shared/exchange.ts'
import { tidyCaption } from '#shared/review.ts'
import { captionsWanted } from '../repositories/properties.ts'
import { standingsOf } from '../repositories/reviews.ts'
import type { Database } from '../storage/database.ts'
import { readMatchedCaptions, type MatchedCaptions, type ReadingProgress } from './matched-captions.ts'

export type TextRows = Extract<JobBatch, { kind: 'text-rows' }>['rows']

/** What the file brings, image by image. @throws as `readMatchedCaptions` */
export async function readTexts(database: Database, source: TextsSource, progress: ReadingProgress = {}): Promise<{ rows: TextRows; preview: ImportPreview }> {
  const { format, captions, leftOut } = await readMatchedCaptions(database, source, progress)
  const rows = source.as === 'references' ? allOfEach(captions) : asManyAsWanted(database, captions, leftOut, source.as)
  const count = rows.reduce((sum, { texts }) => sum + texts.length, 0)
  return { rows, preview: leftOut.preview({ format, photos: rows.length, captions: count }) }
}

function allOfEach(captions: MatchedCaptions['captions']): TextRows {
  const rows = new Map<number, TextRows[number]>()
  for (const { imageId, caption } of captions) {
    const row = rows.get(imageId) ?? { imageId, texts: [] }
    rows.set(imageId, row)
    row.texts.push(textOf(caption))
  }
  return [...rows.values()]
}

/** As many texts a photo as the project asks for, less those that people here have decided on or are writing: these are not overwritten, but told. */
function asManyAsWanted(
  database: Database,
  captions: MatchedCaptions['captions'],
  leftOut: MatchedCaptions['leftOut'],
  as: 'corrections' | 'drafts',
): TextRows {
  const wanted = captionsWanted(database)
  const standings = standingsOf(database)
  const rows = new Map<number, TextRows[number]>()
  for (const { imageId, caption, place } of captions) {
    const standing = standings.get(imageId) ?? []
    const row = rows.get(imageId) ?? { imageId, texts: [] }
    const text = tidyCaption(caption.text)
    const free = wanted - standing.filter(({ slot }) => slot < wanted).length
    if (standing.some((one) => one.text === text && isBroughtAs(as, one.state))) leftOut.add(place, 'The photo has this text already.')
    else if (row.texts.length < free) {
      row.texts.push({ ...textOf(caption), text })
      rows.set(imageId, row)
    } else leftOut.add(place, whyNoRoom(standing, wanted, row.texts.length))
  }
  return [...rows.values()]
}

function whyNoRoom(standing: readonly { state: ReviewState }[], wanted: number, ofFile: number): string {
  if (wanted > 1) return `The photo then has the ${wanted} captions that the project asks for.`
  return ofFile > 0 ? 'The file has an earlier text of this photo.' : `The photo stays as it is: ${stateWords[standing[0].state]}.`
}

const stateWords: Record<ReviewState, string> = {
  pending: 'nobody wrote about it',
  draft: 'somebody is writing its caption',
  accepted: 'a candidate was accepted',
  corrected: 'it was corrected',
  rejected: 'its captions were rejected',
  skipped: 'it was skipped',
}

function textOf({ text, author, details }: MatchedCaptions['captions'][number]['caption']): TextRows[number]['texts'][number] {
  const { time, state, rating, errorTypes, before } = details
  return { text, author, time, accepted: state === 'accepted', rating, errorTypes: [...errorTypes], before }
}

/** Is that what an earlier import of the same text would have made of it? */
function isBroughtAs(as: 'corrections' | 'drafts', state: ReviewState): boolean {
  return state === stateOf(as) || (as === 'corrections' && state === 'accepted')
}

/** What a photo's review is once its text is in, unless it is a candidate that was accepted. */
export function stateOf(as: 'corrections' | 'drafts'): 'corrected' | 'draft' {
  switch (as) {
    case 'corrections':
      return 'corrected'
    case 'drafts':
      return 'draft'
    default:
      return assertNever(as)
  }
}

/** What undo calls it. */
export function textsTitle({ as, file }: Pick<TextsSource, 'as' | 'file'>, photos: number): string {
  return `Import ${as} of ${photos} ${photos === 1 ? 'photo' : 'photos'} from ${basename(file)}`
}
