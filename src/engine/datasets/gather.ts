/** A reader's items put together: each photo with all its captions. */
import { basename } from 'node:path'
import type { ImageId, Split } from '#shared/domain.ts'
import { unusable, type Purpose } from './purpose.ts'
import { type DatasetCaption, type DatasetItem, type DatasetPhoto, type LeftOut, type PhotoName, type PhotoSize } from './record.ts'

export interface Gathered {
  /** Those listed, in the order of the file, then those that captions alone name. */
  photos: DatasetPhoto[]
  leftOut: LeftOut[]
  /** Captions, also those of photos that are not listed. */
  captions: number
}

interface Growing {
  fileName: string | null
  ids: ImageId[]
  split: Split | null
  tags: string[]
  size: PhotoSize | null
  captions: DatasetCaption[]
  place: string
}

/**
 * Photos are tied to captions by id where both have one, else by name. With `listedOnly`, captions of photos that the file does not list, though it
 * lists some, are left out and told (one stray line does not stop thousands); else they make photos of their own. With `marked`, captions that the
 * data set marks come as well.
 * @throws AppError `bad-input` for an id that two different photos have, and where every caption is left out
 */
export async function gather(
  items: AsyncIterable<DatasetItem>,
  { file, purpose, listedOnly = false, marked = false }: { file: string; purpose: Purpose; listedOnly?: boolean; marked?: boolean },
): Promise<Gathered> {
  const listed = new Map<ImageId | string, Growing>()
  const unlisted = new Map<ImageId | string, Growing>()
  const leftOut: LeftOut[] = []
  const name = basename(file)
  let captions = 0
  for await (const item of items) {
    if (item.kind === 'left-out') {
      leftOut.push({ place: `${name}, ${item.place}`, reason: item.reason })
    } else if (item.kind === 'photo') {
      const key = keyOf(item)
      const known = listed.get(key)
      if (known === undefined) {
        listed.set(key, {
          fileName: item.fileName,
          ids: item.id === null ? [] : [item.id],
          split: item.split,
          tags: [...item.tags],
          size: item.size,
          captions: [],
          place: item.place,
        })
      } else if (known.fileName !== item.fileName) {
        throw unusable(`${name}, ${item.place}.id`, `the image id ${String(item.id)} occurs twice`, purpose)
      } else {
        known.tags.push(...item.tags.filter((tag) => !known.tags.includes(tag)))
      }
    } else if (item.caption.flags.length === 0 || marked) {
      captions += 1
      const key = keyOf(item.photo)
      const known = listed.get(key) ?? unlisted.get(key)
      if (known !== undefined) known.captions.push(item.caption)
      else {
        const { fileName, id } = item.photo
        unlisted.set(key, { fileName, ids: id === null ? [] : [id], split: null, tags: [], size: null, captions: [item.caption], place: item.place })
      }
    }
  }
  // Captions may stand before the photos that they are of.
  for (const [key, early] of unlisted) {
    const photo = listed.get(key)
    if (photo === undefined) continue
    photo.captions = [...early.captions, ...photo.captions]
    unlisted.delete(key)
  }
  if (!listedOnly || listed.size === 0) return { photos: [...listed.values(), ...unlisted.values()], leftOut, captions }
  const strays = [...unlisted].flatMap(([key, photo]) =>
    photo.captions.map(() => ({ place: `${name}, ${photo.place}.image_id`, reason: `there is no image ${String(key)}` })),
  )
  if (captions > 0 && strays.length === captions) throw unusable(strays[0].place, strays[0].reason, purpose)
  return { photos: [...listed.values()], leftOut: [...leftOut, ...strays], captions }
}

/** What ties captions to their photo. */
export function keyOf({ id, fileName }: PhotoName): ImageId {
  return id ?? fileName ?? ''
}

/** Photos of one file name become one that is known by all its ids, with the captions of all. */
export function mergeSameFiles(photos: readonly DatasetPhoto[]): DatasetPhoto[] {
  const byName = new Map<string, DatasetPhoto>()
  for (const photo of photos) {
    const key = photo.fileName ?? ''
    const known = byName.get(key)
    byName.set(
      key,
      known === undefined
        ? photo
        : {
            ...known,
            ids: [...known.ids, ...photo.ids],
            tags: [...new Set([...known.tags, ...photo.tags])],
            captions: [...known.captions, ...photo.captions],
          },
    )
  }
  return [...byName.values()]
}
