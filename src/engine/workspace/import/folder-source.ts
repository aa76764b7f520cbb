/** A folder of images, with its subfolders. */
import { readdir } from 'node:fs/promises'
import { extname, join, relative, resolve } from 'node:path'
import type { ImportSource } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import { sortName } from '../repositories/images.ts'
import type { ReadSource } from './source.ts'

const imageExtensions = new Set(['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif'])

/** The image files below a folder as people sort them; hidden folders and links are passed by. @throws AppError `not-found`, `bad-input` */
export async function readFolderSource(source: Extract<ImportSource, { kind: 'folder' }>): Promise<ReadSource> {
  const root = resolve(source.folder)
  const paths = await imageFiles(root)
  if (paths.length === 0) {
    throw new AppError('bad-input', `There is no image in ${root}.`, { kept: 'Nothing was imported.', todo: 'Choose a folder with JPEG, PNG, WebP, GIF, TIFF or AVIF files.' })
  }
  const order = new Map(paths.map((path) => [path, sortName(relative(root, path))]))
  paths.sort((a, b) => compare(order.get(a) ?? '', order.get(b) ?? ''))
  return { root, images: paths.map((path) => ({ path, fileName: relative(root, path), sourceId: null, split: source.split, references: [] })) }
}

/** Adds to `found`: a folder's files can be more than a call takes arguments. */
async function imageFiles(folder: string, found: string[] = []): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    const todo = 'Check the path and whether you may read it, or move it out of the folder that you import.'
    throw new AppError('not-found', `The folder ${folder} cannot be read.`, { kept: 'Nothing was imported.', todo, cause })
  })
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await imageFiles(path, found)
    else if (entry.isFile() && imageExtensions.has(extname(entry.name).toLowerCase())) found.push(path)
  }
  return found
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
