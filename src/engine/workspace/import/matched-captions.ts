/** A file of captions of photos that the workspace has, read and matched: nothing is written here. */
import { basename, resolve } from 'node:path'
import { AppError } from '#shared/errors.ts'
import type { ResultsSource, TextsSource } from '#shared/exchange.ts'
import { formatOf, recognisedFormat } from '#engine/datasets/formats.ts'
import type { DatasetReading } from '#engine/datasets/format.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import type { DatasetCaption } from '#engine/datasets/record.ts'
import type { Database } from '../storage/database.ts'
import { LeftOutList } from './left-out.ts'
import { photoMatcher } from './match-photos.ts'

export type ReadingProgress = Pick<DatasetReading, 'signal' | 'onProgress'>

export interface MatchedCaptions {
  /** Title of the format. */
  format: string
  /** By image, in the order of the file. */
  captions: { imageId: number; caption: DatasetCaption; place: string }[]
  leftOut: LeftOutList
}

/** @throws AppError `bad-input` naming the line or key at fault; `too-little-data` where no caption is of an image of the workspace */
export async function readMatchedCaptions(database: Database, source: ResultsSource | TextsSource, progress: ReadingProgress = {}): Promise<MatchedCaptions> {
  const file = resolve(source.file)
  const purpose = purposes.import
  const format = source.format === undefined ? await recognisedFormat(file, purpose, 'coco-results') : formatOf(source.format)
  const match = photoMatcher(database)
  const names = new Map<unknown, string | null>()
  const captions: MatchedCaptions['captions'] = []
  const leftOut = new LeftOutList()
  const { encoding, columns, captionIs } = source
  for await (const item of format.read(file, { purpose, encoding, columns, captionIs, ...progress })) {
    const place = `${basename(file)}, ${item.place}`
    if (item.kind === 'left-out') leftOut.add(place, item.reason)
    else if (item.kind === 'photo') {
      if (item.id !== null) names.set(item.id, item.fileName)
    } else {
      const { flags, text } = item.caption
      const found = match({ ...item.photo, fileName: item.photo.fileName ?? names.get(item.photo.id) ?? null })
      if (text.trim() === '') leftOut.add(place, 'The caption has no words.')
      else if (flags.length > 0 && !source.marked) leftOut.addMarked(place, flags)
      else if (found.kind === 'unmatched') leftOut.add(place, found.reason)
      else captions.push({ imageId: found.imageId, caption: { ...item.caption, text: text.trim() }, place })
    }
  }
  if (captions.length > 0) return { format: format.title, captions, leftOut }
  const [first] = leftOut.reasons
  throw new AppError(
    'too-little-data',
    `No caption of ${basename(file)} is of an image of this workspace${leftOut.leftOut === 0 ? '' : `: ${first.subject}: ${first.reason}`}`,
    { kept: purpose.kept, todo: 'Import the images first, or check that the file belongs to them.' },
  )
}
