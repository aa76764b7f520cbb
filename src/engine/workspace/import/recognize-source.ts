/** Says what a dropped folder or file is: a folder by its names, a file by how it begins. Nothing is imported, and no large file is read. */
import { opendir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '#shared/errors.ts'
import type { DroppedThing } from '#shared/exchange.ts'
import { workspaceLayout } from '../storage/layout.ts'
import { formats, photoRoot, recogniseFile } from '#engine/datasets/formats.ts'
import { beginsAsInstances } from '#engine/datasets/instances.ts'
import { isPhotoName, unreadableFolder } from '#engine/datasets/photo-listing.ts'
import { purposes } from '#engine/datasets/purpose.ts'

const tokenName = /(?:\.token\.txt|\.token|^captions\.txt)$/i
const listName = { train: /train[^/\\]*\.txt$/i, dev: /(?:dev|val)[^/\\]*\.txt$/i, test: /test[^/\\]*\.txt$/i }
const splits = ['train', 'dev', 'test'] as const
const metadataName = /^metadata\.(?:jsonl|csv|parquet)$/i
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
  /** Hugging Face's table beside the photos of an image folder. */
  metadata?: string
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
      } else if (isPhotoName(name)) glance.hasImages = true
      else {
        if (tokenName.test(name)) glance.tokens = earlier(glance.tokens, name)
        if (metadataName.test(name)) glance.metadata = earlier(glance.metadata, name)
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

/** A captions file with what lies beside it; null where its content is no captions. */
async function asCaptions(file: string, folder: string, glance: Glance): Promise<DroppedThing | null> {
  const { format, encoding, columns } = await recogniseFile(file)
  if (format === null) return null
  const lists: Extract<DroppedThing, { kind: 'captions' }>['lists'] = {}
  if (format.id === 'flickr8k') {
    for (const split of splits) {
      const list = glance.lists[split].map((name) => join(folder, name)).find((path) => path !== file)
      if (list !== undefined) lists[split] = list
    }
  }
  const { id, title } = format
  const holdsPhotos = (await format.holdsPhotos?.(file)) === true
  const imageRoot = await photoRoot(format, file, imageRootOf(folder, glance))
  return { kind: 'captions', file, imageRoot, lists, format: id, title, encoding, columns, holdsPhotos, resultsAlone: id === 'coco-results' }
}

/** @throws AppError `not-found`, `not-permitted` for a path that cannot be read; `bad-input` for a file that captions do not come in */
export async function recognizeSource(path: string): Promise<DroppedThing> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new AppError('not-found', `${path} cannot be read.`, { kept: 'Nothing was imported.', todo: 'Check that it is still there.', cause })
  })
  if (info.isDirectory()) return recognizeFolder(path)
  const folder = dirname(path)
  if (path === workspaceLayout(folder).database) return { kind: 'workspace', folder }
  if (isPhotoName(path)) return { kind: 'folder', folder }
  const captions = await asCaptions(path, folder, await glanceAt(folder))
  if (captions !== null) return captions
  if (await beginsAsInstances(path)) return { kind: 'instances', file: path }
  throw new AppError('bad-input', `${basename(path)} is nothing that Capstan imports.`, {
    kept: 'Nothing was imported.',
    todo: `Drop a folder of photos, a workspace folder, or captions: ${formats.map(({ title }) => title).join(', ')}.`,
  })
}

async function recognizeFolder(folder: string): Promise<DroppedThing> {
  const glance = await glanceAt(folder)
  if (glance.hasWorkspace) return { kind: 'workspace', folder }
  for (const name of [glance.tokens, glance.captions, glance.metadata]) {
    const captions = name === undefined ? null : await asCaptions(join(folder, name), folder, glance)
    if (captions !== null) return captions
  }
  const whole = await asCaptions(folder, folder, glance)
  if (whole !== null) return whole
  return { kind: 'folder', folder }
}
