/** Says what a dropped folder or file is, by names alone where that is enough: nothing is imported, and no large file is read. */
import { opendir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { DroppedThing } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import { workspaceLayout } from '../storage/layout.ts'
import { unreadableFolder } from '#engine/datasets/photo-listing.ts'
import { purposes } from '#engine/datasets/purpose.ts'

const imageName = /\.(?:jpe?g|png|webp|gif|tiff?|bmp|avif)$/i
const tokenName = /(?:\.token\.txt|\.token|^captions\.txt)$/i
const listName = { train: /train[^/\\]*\.txt$/i, dev: /(?:dev|val)[^/\\]*\.txt$/i, test: /test[^/\\]*\.txt$/i }
const splits = ['train', 'dev', 'test'] as const
const captionsName = /captions?[^/\\]*\.json$/i
/** Where photos lie beside their captions. */
const imageFolderName = /(?:images?|photos?|pictures?|dataset|val20\d\d|train20\d\d)$/i

/** Directory entries fetched at a time: between two fetches the process, which is the app's main one, does other things. */
const atATime = 256

/** What of a folder's entries matters here; of each kind the names that come first, so that the same folder is always the same thing. */
interface Glance {
  hasImages: boolean
  imageFolder?: string
  hasWorkspace: boolean
  tokens?: string
  captions?: string
  /** The first two: one of them may be the captions file itself. */
  lists: Record<keyof typeof listName, string[]>
}

/** Looks at every name once and keeps few: a folder of photos can hold hundreds of thousands. @throws AppError naming a folder that cannot be read */
async function glanceAt(folder: string): Promise<Glance> {
  const glance: Glance = { hasImages: false, hasWorkspace: false, lists: { train: [], dev: [], test: [] } }
  const databaseName = basename(workspaceLayout(folder).database)
  try {
    for await (const entry of await opendir(folder, { bufferSize: atATime })) {
      const { name } = entry
      if (name === databaseName) glance.hasWorkspace = true
      else if (entry.isDirectory()) {
        if (imageFolderName.test(name)) glance.imageFolder = earlier(glance.imageFolder, name)
      } else if (imageName.test(name)) glance.hasImages = true
      else {
        if (tokenName.test(name)) glance.tokens = earlier(glance.tokens, name)
        if (captionsName.test(name)) glance.captions = earlier(glance.captions, name)
        for (const split of splits) if (listName[split].test(name)) glance.lists[split] = [...glance.lists[split], name].sort().slice(0, 2)
      }
    }
  } catch (cause) {
    throw unreadableFolder(folder, cause, purposes.import)
  }
  return glance
}

/** By code units: nobody sees the order, and comparing as people sort takes far longer. */
function earlier(kept: string | undefined, name: string): string {
  return kept === undefined || name < kept ? name : kept
}

/** The folder with the photos that a captions file lies beside: the file's own where it holds some. */
function imageRootOf(folder: string, { hasImages, imageFolder }: Glance): string {
  return hasImages || imageFolder === undefined ? folder : join(folder, imageFolder)
}

function asFlickr8k(captions: string, folder: string, glance: Glance): DroppedThing {
  const lists: Extract<DroppedThing, { kind: 'flickr8k' }>['lists'] = {}
  for (const split of splits) {
    const file = glance.lists[split].map((name) => join(folder, name)).find((path) => path !== captions)
    if (file !== undefined) lists[split] = file
  }
  return { kind: 'flickr8k', captions, imageRoot: imageRootOf(folder, glance), lists }
}

/** @throws AppError `not-found`, `not-permitted` for a path that cannot be read; `bad-input` for a file that captions do not come in */
export async function recognizeSource(path: string): Promise<DroppedThing> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new AppError('not-found', `${path} cannot be read.`, { kept: 'Nothing was imported.', todo: 'Check that it is still there.', cause })
  })
  if (info.isDirectory()) return recognizeFolder(path)
  const folder = dirname(path)
  if (path === workspaceLayout(folder).database) return { kind: 'workspace', folder }
  if (imageName.test(path)) return { kind: 'folder', folder }
  if (/\.json$/i.test(path)) return { kind: 'coco', file: path, imageRoot: imageRootOf(folder, await glanceAt(folder)) }
  if (/\.(?:txt|token)$/i.test(path)) return asFlickr8k(path, folder, await glanceAt(folder))
  throw new AppError('bad-input', `${basename(path)} is nothing that Capstan imports.`, {
    kept: 'Nothing was imported.',
    todo: 'Drop a folder of photos, a COCO captions file (.json), Flickr8k’s token file (.txt) or a workspace folder.',
  })
}

async function recognizeFolder(folder: string): Promise<DroppedThing> {
  const glance = await glanceAt(folder)
  if (glance.hasWorkspace) return { kind: 'workspace', folder }
  if (glance.tokens !== undefined) return asFlickr8k(join(folder, glance.tokens), folder, glance)
  if (glance.captions !== undefined) return { kind: 'coco', file: join(folder, glance.captions), imageRoot: imageRootOf(folder, glance) }
  return { kind: 'folder', folder }
}
