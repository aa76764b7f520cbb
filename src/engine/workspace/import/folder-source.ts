/** A folder of images, with its subfolders. */
import { relative, resolve } from 'node:path'
import { AppError } from '#shared/errors.ts'
import type { ImportSource } from '#shared/exchange.ts'
import { portableName } from '#engine/datasets/photo-paths.ts'
import { photosBelow } from '#engine/datasets/photo-listing.ts'
import { purposes } from '#engine/datasets/purpose.ts'
import { sortName } from '../repositories/images.ts'
import { LeftOutList } from './left-out.ts'
import { addFile, openSource, readableSource } from './source-images.ts'
import type { ReadSource } from './source.ts'

/** The image files below a folder as people sort them. @throws AppError `not-found`, `not-permitted` naming the folder at fault; `bad-input` */
export async function readFolderSource(source: Extract<ImportSource, { kind: 'folder' }>): Promise<ReadSource> {
  const root = resolve(source.folder)
  const leftOut = new LeftOutList()
  const database = openSource()
  try {
    for await (const { path, reason } of photosBelow(root, purposes.import)) {
      const name = relative(root, path)
      if (reason === undefined) addFile(database, { path, fileName: portableName(name), split: source.split, sortName: sortName(name) })
      else leftOut.add(path, reason)
    }
    const images = readableSource(database, '')
    const [first] = leftOut.reasons
    if (images.count() === 0 && leftOut.leftOut > 0) {
      throw new AppError('bad-input', `There is no image in ${root} that can be read: ${first.subject}: ${first.reason}`, {
        kept: 'Nothing was imported.',
      })
    }
    if (images.count() === 0) {
      throw new AppError('bad-input', `There is no image in ${root}.`, {
        kept: 'Nothing was imported.',
        todo: 'Choose a folder with JPEG, PNG, WebP, GIF, TIFF or AVIF files.',
      })
    }
    return { root, format: 'a folder of photos', images, leftOut }
  } catch (error) {
    database.close()
    throw error
  }
}
