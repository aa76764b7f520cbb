/** A folder of images, with its subfolders. */
import { relative, resolve } from 'node:path'
import type { ImportSource } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import { listPhotos } from '#engine/datasets/photo-listing.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { sortName } from '../repositories/images.ts'
import type { ReadSource } from './source.ts'

/** The image files below a folder as people sort them. @throws AppError `not-found`, `not-permitted` naming the folder at fault; `bad-input` */
export async function readFolderSource(source: Extract<ImportSource, { kind: 'folder' }>): Promise<ReadSource> {
  const root = resolve(source.folder)
  const paths = await listPhotos(root, purposes.import)
  if (paths.length === 0) {
    throw new AppError('bad-input', `There is no image in ${root}.`, {
      kept: 'Nothing was imported.',
      todo: 'Choose a folder with JPEG, PNG, WebP, GIF, TIFF or AVIF files.',
    })
  }
  const order = new Map(paths.map((path) => [path, sortName(relative(root, path))]))
  paths.sort((a, b) => compare(order.get(a) ?? '', order.get(b) ?? ''))
  const images = paths.map((path) => ({ path, fileName: relative(root, path), sourceId: null, split: source.split, references: [] }))
  return { root, images, leftOut: [] }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
