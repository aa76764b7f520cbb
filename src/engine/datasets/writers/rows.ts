/** One row a caption: what JSON Lines, CSV and Parquet have in common. */
import type { ImageId } from '#shared/domain.ts'
import { detailFields, objectsField } from '../details.ts'
import type { WrittenPhotos, Writing } from './writer.ts'

export interface Row extends Record<string, unknown> {
  image_id: ImageId
  file_name: string
  split: string
  caption: string
}

export function* captionRows(photos: WrittenPhotos, { details }: Writing): Generator<Row> {
  for (const { id, fileName, split, captions, ...photo } of photos)
    for (const caption of captions)
      yield {
        image_id: id,
        file_name: fileName,
        split: split === 'none' ? '' : split,
        caption: caption.text,
        ...detailFields(caption, details),
        ...objectsField(photo, details),
      }
}

/** A value in a cell: lists of words with spaces between them, boxes as JSON. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.join(' ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
