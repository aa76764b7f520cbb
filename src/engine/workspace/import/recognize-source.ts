/** Says what a dropped folder or file is, by names alone where that is enough: nothing is imported, and no large file is read. */
import { opendir, stat } from 'node:fs/promises'
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

/** What of a folder tells what it is: hundreds of thousands of photos are looked at in passing, and only that there are some is kept. */
interface Entries {
  /** subfolders, and files that are no photos, in the order of their names */
  entries: Entry[]
  hasPhotos: boolean
}

/** Read in portions, between which others have their turn: this runs where windows wait for answers. */
const portion = 1000

async function entriesOf(folder: string): Promise<Entries> {
  const entries: Entry[] = []
  let hasPhotos = false
  for await (const entry of await opendir(folder, { bufferSize: portion })) {
    const isFolder = entry.isDirectory()
    if (!isFolder && imageName.test(entry.name)) hasPhotos = true
    else entries.push({ name: entry.name, isFolder })
  }
  return { entries: entries.sort(byName), hasPhotos }
}

function byName(one: Entry, other: Entry): number {
  return one.name < other.name ? -1 : 1
}

/** The folder with the photos that a captions file lies beside: the file's own where it holds some. */
function imageRootOf(folder: string, { entries, hasPhotos }: Entries): string {
  if (hasPhotos) return folder
  const likely = entries.find(({ name, isFolder }) => isFolder && imageFolderName.test(name))
  return likely === undefined ? folder : join(folder, likely.name)
}

function asFlickr8k(captions: string, folder: string, found: Entries): DroppedThing {
  const listed = (pattern: RegExp): string | undefined =>
    found.entries.find(({ name, isFolder }) => !isFolder && pattern.test(name) && join(folder, name) !== captions)?.name
  const lists: Extract<DroppedThing, { kind: 'flickr8k' }>['lists'] = {}
  for (const split of ['train', 'dev', 'test'] as const) {
    const name = listed(listName[split])
    if (name !== undefined) lists[split] = join(folder, name)
  }
  return { kind: 'flickr8k', captions, imageRoot: imageRootOf(folder, found), lists }
}

/** @throws AppError `not-found` for a path that is not there; `bad-input` for a file that captions do not come in */
export async function recognizeSource(path: string): Promise<DroppedThing> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new AppError('not-found', `${path} cannot be read.`, { kept: 'Nothing was imported.', todo: 'Check that it is still there.', cause })
  })
  if (info.isDirectory()) return recognizeFolder(path)
  const folder = dirname(path)
  const found = await entriesOf(folder)
  if (path === workspaceLayout(folder).database) return { kind: 'workspace', folder }
  if (imageName.test(path)) return { kind: 'folder', folder }
  if (/\.json$/i.test(path)) return { kind: 'coco', file: path, imageRoot: imageRootOf(folder, found) }
  if (/\.(?:txt|token)$/i.test(path)) return asFlickr8k(path, folder, found)
  throw new AppError('bad-input', `${basename(path)} is nothing that Capstan imports.`, {
    kept: 'Nothing was imported.',
    todo: 'Drop a folder of photos, a COCO captions file (.json), Flickr8k’s token file (.txt) or a workspace folder.',
  })
}

async function recognizeFolder(folder: string): Promise<DroppedThing> {
  const found = await entriesOf(folder)
  const file = (pattern: RegExp): string | undefined => found.entries.find(({ name, isFolder }) => !isFolder && pattern.test(name))?.name
  if (found.entries.some(({ name }) => join(folder, name) === workspaceLayout(folder).database)) return { kind: 'workspace', folder }
  const tokens = file(tokenName)
  if (tokens !== undefined) return asFlickr8k(join(folder, tokens), folder, found)
  const captions = file(captionsName)
  if (captions !== undefined) return { kind: 'coco', file: join(folder, captions), imageRoot: imageRootOf(folder, found) }
  return { kind: 'folder', folder }
}
