/** A folder of images, with its subfolders. */
import { readdir } from 'node:fs/promises'
import { extname, join, relative, resolve } from 'node:path'
import type { ImportSource } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import { sortName } from '../repositories/images.ts'
import { unreadableFolder, type ReadSource } from './source.ts'

const imageExtensions = new Set(['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif'])

/** The image files below a folder as people sort them; hidden folders and links are passed by. @throws AppError `not-found`, `not-permitted` naming the folder at fault; `bad-input` */
export async function readFolderSource(source: Extract<ImportSource, { kind: 'folder' }>): Promise<ReadSource> {
  const root = resolve(source.folder)
  const paths: string[] = []
  await findImages(root, root, paths)
  if (paths.length === 0) {
    throw new AppError('bad-input', `There is no image in ${root}.`, {
      kept: 'Nothing was imported.',
      todo: 'Choose a folder with JPEG, PNG, WebP, GIF, TIFF or AVIF files.',
    })
  }
  const order = new Map(paths.map((path) => [path, sortName(relative(root, path))]))
  paths.sort((a, b) => compare(order.get(a) ?? '', order.get(b) ?? ''))
  return { root, images: paths.map((path) => ({ path, fileName: relative(root, path), sourceId: null, split: source.split, references: [] })) }
}

/** Adds to `found`: a folder's files can be more than a call takes arguments. */
async function findImages(root: string, folder: string, found: string[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadableFolder(folder, cause, root)
  })
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await findImages(root, path, found)
    else if (entry.isFile() && imageExtensions.has(extname(entry.name).toLowerCase())) found.push(path)
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
