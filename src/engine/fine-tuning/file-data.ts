/** What a fine-tuning without a workspace learns from: captions files, or a snapshot that a workspace wrote. */
import { AppError } from '#shared/errors.ts'
import type { CaptionedImage } from '#engine/datasets/captioned-photos.ts'
import { listPhotos } from '#engine/datasets/photo-listing.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { hashPhoto } from '#engine/files/photo-file.ts'
import { isHeldOut, type DrawnImage, type SnapshotItem } from '#engine/workspace/repositories/snapshots.ts'
import { itemsOfFile, type SnapshotFile } from '#engine/workspace/snapshots/snapshot-file.ts'

export interface FileData {
  items: readonly SnapshotItem[]
  /** Photos that nobody captioned. */
  unlabelled: readonly DrawnImage[]
  /** Where each image is. */
  paths: ReadonlyMap<number, string>
}

export interface CaptionedData {
  /** Photos with their corrections. */
  corrected: readonly CaptionedImage[]
  /** Photos with captions of what the parent learned from: rehearsed, and judged by. */
  rehearsed: readonly CaptionedImage[]
  /** Share of the corrections held out. */
  heldOut: number
}

/** A snapshot of what captions files hold. */
export function dataOfCaptions({ corrected, rehearsed, heldOut }: CaptionedData): FileData {
  const images = [...corrected, ...rehearsed]
  const items = images.flatMap(({ captions }, imageId) =>
    captions.map((text): SnapshotItem => {
      const item = { imageId, draw: imageId, text, weight: 1, replaces: null, rating: null }
      if (imageId < corrected.length) return { ...item, kind: 'correction', heldOut: isHeldOut(imageId, heldOut) }
      return { ...item, kind: 'reference', heldOut: false }
    }),
  )
  return { items, unlabelled: [], paths: new Map(images.map(({ path }, imageId) => [imageId, path])) }
}

/**
 * A snapshot's file with its photos, found by content below a folder, whatever they are called there.
 * @throws AppError `not-found` where a photo with a text is not there: without it another model would come out
 */
export async function dataOfSnapshot(file: SnapshotFile, folder: string, signal: AbortSignal): Promise<FileData> {
  const { items, unlabelled, hashes } = itemsOfFile(file)
  const places = new Map<string, string>()
  for (const path of (await listPhotos(folder, purposes.training)).paths) places.set(await hashPhoto(path, signal), path)
  const missing = file.photos.filter(({ sha256 }) => !places.has(sha256))
  if (missing.length > 0) {
    const named = missing.slice(0, 3).map(({ fileName }) => fileName)
    throw new AppError(
      'not-found',
      `${missing.length} of the snapshot’s ${file.photos.length} photos are not below ${folder}: ${named.join(', ')}${missing.length > 3 ? ', …' : ''}.`,
      { kept: 'Nothing was trained.', todo: 'Name the folder that holds them, unchanged; their names do not matter.' },
    )
  }
  const paths = new Map(
    hashes.flatMap((hash, imageId) => {
      const path = places.get(hash)
      return path === undefined ? [] : [[imageId, path]]
    }),
  )
  return { items, unlabelled: unlabelled.filter(({ imageId }) => paths.has(imageId)), paths }
}
