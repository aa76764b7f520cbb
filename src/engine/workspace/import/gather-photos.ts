/** A reader's items put together in a source's database (source-images.ts): each photo with all its captions, as `gather` of datasets/ does in memory. */
import { basename } from 'node:path'
import type { ImageId, Split } from '#shared/domain.ts'
import { keyOf } from '#engine/datasets/gather.ts'
import { unusable, type Purpose } from '#engine/datasets/purpose.ts'
import type { DatasetItem, PhotoName } from '#engine/datasets/record.ts'
import { prepared, type Database } from '../storage/database.ts'
import type { LeftOutList } from './left-out.ts'
import { rowsHeld } from './source-images.ts'

/** A photo as the source lists it. */
export interface GatheredPhoto {
  id: number
  number: number
  fileName: string | null
  split: Split | null
  /** Line or key of the file that named it first. */
  place: string
}

/**
 * Photos are tied to captions by id where both have one, else by name. Captions of photos that the file does not list, though it lists some, are left out
 * and told; so are those that the data set marks, without `marked`. Returns how many photos and captions there are, these also of photos that are not listed.
 * @throws AppError `bad-input` for an id that two different photos have, and where every caption is left out
 */
export async function gatherPhotos(
  source: Database,
  items: AsyncIterable<DatasetItem>,
  { file, purpose, marked, leftOut }: { file: string; purpose: Purpose; marked: boolean; leftOut: LeftOutList },
): Promise<{ photos: number; captions: number }> {
  const name = basename(file)
  const find = prepared<[ImageId], Pick<GatheredPhoto, 'id' | 'fileName'> & { number: number | null }>(
    source,
    'SELECT id, fileName, number FROM photo WHERE key = ?',
  )
  const insert = prepared<[object]>(
    source,
    'INSERT INTO photo (key, fileName, sourceId, split, place, number) VALUES (@key, @fileName, @id, @split, @place, @number)',
  )
  const list = prepared<[object]>(
    source,
    'UPDATE photo SET fileName = @fileName, sourceId = @id, split = @split, place = @place, number = @number WHERE key = @key',
  )
  const insertTag = prepared<[number, string]>(source, 'INSERT INTO tag (photo, name) VALUES (?, ?)')
  const insertCaption = prepared<[number, string]>(source, 'INSERT INTO caption (photo, text) VALUES (?, ?)')
  const inserted = (photo: PhotoName & { split: Split | null; place: string; number: number | null }): number =>
    Number(insert.run({ ...photo, key: keyOf(photo) }).lastInsertRowid)
  let listed = 0
  let captions = 0
  for await (const item of items) {
    const { place } = item
    if (item.kind === 'left-out') leftOut.add(`${name}, ${place}`, item.reason)
    else if (item.kind === 'photo') {
      const { id, fileName, split } = item
      const known = find.get(keyOf(item))
      if (known !== undefined && known.number !== null && known.fileName !== fileName)
        throw unusable(`${name}, ${place}.id`, `the image id ${String(id)} occurs twice`, purpose)
      if (known?.number == null) listed += 1
      // Captions may stand before the photos that they are of.
      if (known?.number === null) list.run({ key: keyOf(item), fileName, id, split, place, number: listed })
      const photo = known?.id ?? inserted({ id, fileName, split, place, number: listed })
      for (const tag of item.tags) insertTag.run(photo, tag)
    } else if (item.caption.flags.length > 0 && !marked) leftOut.addMarked(`${name}, ${place}`, item.caption.flags)
    else {
      captions += 1
      const { photo, caption } = item
      insertCaption.run(find.get(keyOf(photo))?.id ?? inserted({ ...photo, split: null, place, number: null }), caption.text.trim())
    }
  }
  if (listed > 0) leaveOutStrays(source, { name, purpose, captions, leftOut })
  const photos = listed > 0 ? listed : source.prepare('UPDATE photo SET number = id').run().changes
  return { photos, captions }
}

function leaveOutStrays(
  source: Database,
  { name, purpose, captions, leftOut }: { name: string; purpose: Purpose; captions: number; leftOut: LeftOutList },
): void {
  const strays = source.prepare<[], { place: string; key: ImageId; captions: number }>(
    `SELECT place, key, count(*) AS captions FROM caption JOIN photo ON photo.id = caption.photo WHERE number IS NULL GROUP BY photo.id ORDER BY photo.id`,
  )
  let left = 0
  for (const { place, key, captions: ofPhoto } of strays.iterate()) {
    left += ofPhoto
    if (left === captions) throw unusable(`${name}, ${place}.image_id`, `there is no image ${String(key)}`, purpose)
    for (let each = 0; each < ofPhoto; each += 1) leftOut.add(`${name}, ${place}.image_id`, `there is no image ${String(key)}`)
  }
}

/** The photos that a source lists, in its order. */
export function* gatheredPhotos(source: Database): Generator<GatheredPhoto> {
  const page = source.prepare<[number, number], GatheredPhoto>('SELECT id, number, fileName, split, place FROM photo WHERE number > ? ORDER BY number LIMIT ?')
  for (let rows = page.all(0, rowsHeld); rows.length > 0; rows = page.all(rows[rows.length - 1].number, rowsHeld)) yield* rows
}
