/** Says what a dropped folder or file is, by names alone where that is enough: nothing is imported, and no large file is read. */
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { DroppedThing } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import { workspaceLayout } from '../layout.ts'

const imageName = /\.(?:jpe?g|png|webp|gif|tiff?|bmp|avif)$/i
const tokenName = /(?:\.token\.txt|\.token|^captions\.txt)$/i
const listName = { train: /train[^/\\]*\.txt$/i, dev: /(?:dev|val)[^/\\]*\.txt$/i, test: /test[^/\\]*\.txt$/i }
const captionsName = /captions?[^/\\]*\.json$/i
/** Where photos lie beside their captions, the likeliest first. */
const imageFolderName = /(?:images?|photos?|pictures?|dataset|val20\d\d|train20\d\d)$/i

interface Entry {
  name: string
  isFolder: boolean
}

async function entriesOf(folder: string): Promise<Entry[]> {
  const found = await readdir(folder, { withFileTypes: true })
  return found.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() })).sort((one, other) => one.name.localeCompare(other.name))
}

/** The folder with the photos that a captions file lies beside: the file's own where it holds some. */
function imageRootOf(folder: string, entries: readonly Entry[]): string {
  if (entries.some(({ name, isFolder }) => !isFolder && imageName.test(name))) return folder
  const likely = entries.find(({ name, isFolder }) => isFolder && imageFolderName.test(name))
  return likely === undefined ? folder : join(folder, likely.name)
}

function asFlickr8k(captions: string, folder: string, entries: readonly Entry[]): DroppedThing {
  const listed = (pattern: RegExp): string | undefined =>
    entries.find(({ name, isFolder }) => !isFolder && pattern.test(name) && join(folder, name) !== captions)?.name
  const lists: Extract<DroppedThing, { kind: 'flickr8k' }>['lists'] = {}
  for (const split of ['train', 'dev', 'test'] as const) {
    const name = listed(listName[split])
    if (name !== undefined) lists[split] = join(folder, name)
  }
  return { kind: 'flickr8k', captions, imageRoot: imageRootOf(folder, entries), lists }
}

/** @throws AppError `not-found` for a path that is not there; `bad-input` for a file that captions do not come in */
export async function recognizeSource(path: string): Promise<DroppedThing> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new AppError('not-found', `${path} cannot be read.`, { kept: 'Nothing was imported.', todo: 'Check that it is still there.', cause })
  })
  if (info.isDirectory()) return recognizeFolder(path)
  const folder = dirname(path)
  const entries = await entriesOf(folder)
  if (path === workspaceLayout(folder).database) return { kind: 'workspace', folder }
  if (imageName.test(path)) return { kind: 'folder', folder }
  if (/\.json$/i.test(path)) return { kind: 'coco', file: path, imageRoot: imageRootOf(folder, entries) }
  if (/\.(?:txt|token)$/i.test(path)) return asFlickr8k(path, folder, entries)
  throw new AppError('bad-input', `${basename(path)} is nothing that Capstan imports.`, {
    kept: 'Nothing was imported.',
    todo: 'Drop a folder of photos, a COCO captions file (.json), Flickr8k’s token file (.txt) or a workspace folder.',
  })
}

async function recognizeFolder(folder: string): Promise<DroppedThing> {
  const entries = await entriesOf(folder)
  const file = (pattern: RegExp): string | undefined => entries.find(({ name, isFolder }) => !isFolder && pattern.test(name))?.name
  if (entries.some(({ name }) => join(folder, name) === workspaceLayout(folder).database)) return { kind: 'workspace', folder }
  const tokens = file(tokenName)
  if (tokens !== undefined) return asFlickr8k(join(folder, tokens), folder, entries)
  const captions = file(captionsName)
  if (captions !== undefined) return { kind: 'coco', file: join(folder, captions), imageRoot: imageRootOf(folder, entries) }
  return { kind: 'folder', folder }
}
