/**
 * Pictures for the window: an image's own bytes where the window can show them, else, and for the grid, a smaller version that is made with sharp and kept.
 * Photos may lie on a share that is dead: this process is the one that waits for them, and it is ended when it waits for too long.
 * A file that was read is compared with the one that was imported: another one may lie under its name.
 */
import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { hashBytes } from '#engine/files/content-hash.ts'
import { photoState, readPhoto, realPhotoInside } from '#engine/files/photo-file.ts'
import { readRegular } from '#engine/files/regular-file.ts'
import { measurePhoto, type MeasuredPhoto } from '#engine/vision/photos/measure-photo.ts'
import { photoTask } from '#engine/vision/photos/photo-tasks.ts'
import { photoTypeOf, shownTypes } from '#engine/vision/photos/photo-type.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { pictureRequest, type Picture, type PictureRequest } from '../workspace/picture-request.ts'
import { decodeBeside } from './photo-port.ts'
import { handler, serve } from './serve.ts'

decodeBeside()

/** Files that were compared in this process, by path: not read again while they are as they were. */
const compared = new Map<string, string>()
const mostCompared = 10_000

serve('thumbnails', {
  picture: handler(pictureRequest, async (request): Promise<Picture> => {
    const path = await insideRoot(request)
    if (!request.own) return { type: 'image/webp', ...(await kept(path, request)) }
    const state = await photoState(path)
    const bytes = await readPhoto(path)
    const other = await otherPhoto(path, state, bytes, request)
    const type = photoTypeOf(bytes)
    if (type !== undefined && shownTypes.has(type)) return { type, bytes, other }
    return { type: 'image/webp', ...(await kept(path, request, bytes)), other }
  }),
  look: handler(pictureRequest, async (request) => {
    const path = await insideRoot(request)
    const state = await photoState(path)
    if (compared.get(path) === `${state} ${request.contentHash}`) return { other: null }
    return { other: await otherPhoto(path, state, await readPhoto(path), request) }
  }),
})

/** The real path of a photo. @throws AppError `not-found` where it is gone, `not-permitted` where a link leads out of its root */
async function insideRoot({ source, root, fileName }: PictureRequest): Promise<string> {
  try {
    return await realPhotoInside(root, source)
  } catch (cause) {
    if (cause instanceof AppError)
      throw new AppError('not-permitted', `The file of image ${fileName} leads out of its folder.`, { todo: 'Import the folder where it really lies.', cause })
    if (toReport(cause).code !== 'not-found') throw cause
    throw new AppError('not-found', `The file of image ${fileName} is not at ${source}.`, {
      kept: 'Its captions and reviews are kept.',
      todo: 'Put the file back, or import the folder where it lies now: the image is known again by its content.',
      cause,
    })
  }
}

/** What lies there, where it is a whole photo and not the imported one. One that is being written is looked at again the next time. */
async function otherPhoto(path: string, state: string, bytes: Uint8Array, { contentHash }: PictureRequest): Promise<MeasuredPhoto | null> {
  if (hashBytes(bytes) !== contentHash) return photoTypeOf(bytes) === undefined ? null : measurePhoto(bytes).catch(() => null)
  if (compared.size >= mostCompared) compared.clear()
  compared.set(path, `${state} ${contentHash}`)
  return null
}

/** The kept picture where the photo is as it was when it was made, else a new one. */
async function kept(path: string, request: PictureRequest, known?: Uint8Array): Promise<{ bytes: Uint8Array; other: MeasuredPhoto | null }> {
  const { kept: stem, size } = request
  const state = await photoState(path)
  const file = `${stem}-${createHash('sha256').update(`${state} ${request.contentHash}`).digest('hex').slice(0, 16)}.webp`
  const earlier = await readRegular(file).catch((error: unknown) => {
    if (toReport(error).code === 'not-found') return undefined
    throw error
  })
  if (earlier !== undefined) return { bytes: earlier, other: null }
  const original = known ?? (await readPhoto(path))
  if (photoTypeOf(original) === undefined) throw unreadable(path)
  let picture: Uint8Array
  try {
    picture = await photoTask('picture', { bytes: original, size })
  } catch (cause) {
    throw unreadable(path, cause)
  }
  const other = await otherPhoto(path, state, original, request)
  // What is shown of another photo is kept once the workspace knows of it.
  if (other === null) {
    await writeWhole(file, picture)
    await removeFormer(file, stem)
  }
  return { bytes: picture, other }
}

/** Pictures of what the photo was before. */
async function removeFormer(file: string, stem: string): Promise<void> {
  const folder = dirname(file)
  for (const name of await readdir(folder)) {
    if (name !== basename(file) && (name.startsWith(`${basename(stem)}-`) || name === `${basename(stem)}.webp`)) await rm(join(folder, name), { force: true })
  }
}

function unreadable(source: string, cause?: unknown): AppError {
  return new AppError('corrupt', `The image ${source} cannot be read.`, { kept: 'Its row and texts are kept.', ...(cause === undefined ? {} : { cause }) })
}
