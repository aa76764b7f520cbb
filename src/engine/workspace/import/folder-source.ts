/** A folder of images, with its subfolders. */
import { relative, resolve } from 'node:path'
import { AppError } from '#shared/errors.ts'
import type { ImportSource } from '#shared/exchange.ts'
import { portableName } from '#engine/datasets/photo-paths.ts'
import { listPhotos } from '#engine/datasets/photo-listing.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { sortName } from '../repositories/images.ts'
import { LeftOutList } from './left-out.ts'
import type { ReadSource } from './source.ts'

/** The image files below a folder as people sort them. @throws AppError `not-found`, `not-permitted` naming the folder at fault; `bad-input` */
export async function readFolderSource(source: Extract<ImportSource, { kind: 'folder' }>): Promise<ReadSource> {
  const root = resolve(source.folder)
  const { paths, leftOut } = await listPhotos(root, purposes.import)
  const [first] = leftOut
  if (paths.length === 0 && leftOut.length > 0) {
    throw new AppError('bad-input', `There is no image in ${root} that can be read: ${first.path}: ${first.reason}`, {
      kept: 'Nothing was imported.',
    })
  }
  if (paths.length === 0) {
    throw new AppError('bad-input', `There is no image in ${root}.`, {
      kept: 'Nothing was imported.',
      todo: 'Choose a folder with JPEG, PNG, WebP, GIF, TIFF or AVIF files.',
    })
  }
  const order = new Map(paths.map((path) => [path, sortName(relative(root, path))]))
  paths.sort((a, b) => compare(order.get(a) ?? '', order.get(b) ?? ''))
  const images = paths.map((path) => ({ path, fileName: portableName(relative(root, path)), sourceId: null, split: source.split, tags: [], references: [] }))
  const left = new LeftOutList()
  for (const { path, reason } of leftOut) left.add(path, reason)
  return { root, format: 'a folder of photos', images, leftOut: left }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
