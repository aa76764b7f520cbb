/**
 * Pictures for the window: an image's own bytes where the window can show them, else, and for the grid, a smaller version that is made with sharp and kept.
 * Photos may lie on a share that is dead: this process is the one that waits for them, and it is ended when it waits for too long.
 */
import { stat } from 'node:fs/promises'
import sharp from 'sharp'
import { photoChangedAt, readPhoto, realPhotoInside } from '#engine/files/photo-file.ts'
import { readRegular } from '#engine/files/regular-file.ts'
import { photoTypeOf, shownTypes } from '#engine/vision/photos/photo-type.ts'
import { writeWhole } from '#engine/files/write-whole.ts'
import { AppError, toReport } from '#shared/errors.ts'
import { pictureRequest, type Picture } from '../workspace/picture-request.ts'
import { handler, serve } from './serve.ts'

sharp.cache(false)
sharp.concurrency(1)

const mostPixels = 1_000_000_000

serve('thumbnails', {
  picture: handler(pictureRequest, async ({ source, fileName, root, kept, size, own }): Promise<Picture> => {
    const path = await insideRoot(source, root, fileName)
    if (own) {
      const bytes = await readPhoto(path)
      const type = photoTypeOf(bytes)
      if (type !== undefined && shownTypes.has(type)) return { type, bytes }
      return { type: 'image/webp', bytes: await made(path, kept, size, bytes) }
    }
    return { type: 'image/webp', bytes: await made(path, kept, size) }
  }),
})

/** The real path of a photo. @throws AppError `not-found` where it is gone, `not-permitted` where a link leads out of its root */
async function insideRoot(source: string, root: string, fileName: string): Promise<string> {
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

/** The kept picture where it is newer than the photo, else a new one. */
async function made(source: string, kept: string, size: number, bytes?: Uint8Array): Promise<Uint8Array> {
  const earlier = await stat(kept).catch(() => undefined)
  if (earlier !== undefined && earlier.mtimeMs >= (await photoChangedAt(source))) return readRegular(kept)
  const original = bytes ?? (await readPhoto(source))
  if (photoTypeOf(original) === undefined) throw unreadable(source)
  let picture: Buffer
  try {
    picture = await sharp(original, { limitInputPixels: mostPixels, failOn: 'none' })
      .rotate() // as the camera was held
      .resize({ width: size, height: size, fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 82 })
      .toBuffer()
  } catch (cause) {
    throw unreadable(source, cause)
  }
  await writeWhole(kept, picture)
  return picture
}

function unreadable(source: string, cause?: unknown): AppError {
  return new AppError('corrupt', `The image ${source} cannot be read.`, { kept: 'Its row and texts are kept.', ...(cause === undefined ? {} : { cause }) })
}
