/** A COCO instances file, matched with the workspace's images: nothing is written here, and no photo is looked at. */
import { basename, resolve } from 'node:path'
import type { ImportPreview, InstancesSource } from '#shared/exchange.ts'
import { AppError } from '#shared/errors.ts'
import { readInstanceFile, type InstancePhoto } from '#engine/datasets/instances.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { getImages, type StoredImage } from '../repositories/images.ts'
import type { Database } from '../storage/database.ts'
import { LeftOutList } from './left-out.ts'
import { photoMatcher } from './match-photos.ts'

export interface MatchedInstances {
  photos: { image: StoredImage; photo: InstancePhoto & { size: NonNullable<InstancePhoto['size']> } }[]
  leftOut: LeftOutList
}

/** @throws AppError `bad-input` naming the entry at fault; `too-little-data` where no photo is one of the workspace */
export async function readInstances(database: Database, source: InstancesSource): Promise<MatchedInstances> {
  const file = resolve(source.file)
  const match = photoMatcher(database)
  const leftOut = new LeftOutList()
  const found = new Map<number, MatchedInstances['photos'][number]['photo']>()
  for (const photo of (await readInstanceFile(file, purposes.import)).values()) {
    const place = `${basename(file)}, image ${String(photo.id)}`
    const matched = match(photo)
    if (matched.kind === 'unmatched') leftOut.add(place, matched.reason)
    else if (photo.size === null) leftOut.add(place, 'Its width and height are not given, so nobody knows what its boxes mean.')
    else {
      const known = found.get(matched.imageId)
      found.set(matched.imageId, { ...photo, size: photo.size, objects: [...(known?.objects ?? []), ...photo.objects] })
    }
  }
  if (found.size === 0) {
    const [first] = leftOut.reasons
    throw new AppError('too-little-data', `No photo of ${basename(file)} is one of this workspace${leftOut.leftOut === 0 ? '' : `: ${first.reason}`}`, {
      kept: purposes.import.kept,
      todo: 'Import the images first, or check that the file belongs to them.',
    })
  }
  const photos = getImages(database, [...found.keys()]).flatMap((image) => {
    const photo = found.get(image.id)
    return photo === undefined ? [] : [{ image, photo }]
  })
  return { photos, leftOut }
}

export async function previewInstances(database: Database, source: InstancesSource): Promise<ImportPreview> {
  const { photos, leftOut } = await readInstances(database, source)
  const boxes = photos.reduce((sum, { photo }) => sum + photo.objects.filter(({ box }) => box !== null).length, 0)
  return leftOut.preview({ format: 'COCO instances', photos: photos.length, boxes })
}
