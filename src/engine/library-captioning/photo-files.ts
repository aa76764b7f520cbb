/**
 * A workspace's photos as jobs open them: only in folders that somebody here chose, only where they really lie in them, and as the photos that were
 * imported. Another photo under the same name is told to the workspace.
 */
import { hashBytes } from '#engine/files/content-hash.ts'
import type { ImageToEncode } from '#engine/vision/features/extract.ts'
import { readImageFile } from '#engine/vision/photos/image.ts'
import { measurePhoto } from '#engine/vision/photos/measure-photo.ts'
import { foreignRoot } from '#engine/workspace/seals.ts'
import { AppError } from '#shared/errors.ts'
import type { JobContext } from '#shared/jobs.ts'

/** An image of the workspace, and where its photo is said to be. */
export interface JobImage {
  id: number
  path: string
  root: string
  contentHash: string
}

export interface EncodedImage extends ImageToEncode {
  id: number
  root: string
  hash: string
}

/** For an encoder: what is cached of a photo is used without a look at the file. */
export function toEncode(context: JobContext, { id, path, root, contentHash }: JobImage): EncodedImage {
  return { id, path, root, hash: contentHash, ...(isForeign(context, root) && { refused: foreignRoot(root).report() }) }
}

/** Tells the workspace of photos that turned out to be others than were imported. */
export async function tellReplaced(context: JobContext, others: readonly Pick<JobImage, 'id' | 'path' | 'root'>[]): Promise<void> {
  if (others.length === 0) return
  const photos = await Promise.all(others.map(async ({ id, path, root }) => ({ imageId: id, ...(await measurePhoto(await readImageFile(path, root))) })))
  await context.emit({ kind: 'photos-replaced', photos })
}

/**
 * The bytes of an image's photo.
 * @throws AppError `not-permitted` for a folder that nobody here chose and for a link that leads out, `conflict` for another photo than was imported; as
 *   `readImageFile`
 */
export async function readImportedPhoto(context: JobContext, image: JobImage): Promise<Uint8Array> {
  const { path, root, contentHash } = image
  if (isForeign(context, root)) throw foreignRoot(root)
  const bytes = await readImageFile(path, root)
  if (hashBytes(bytes) === contentHash) return bytes
  await tellReplaced(context, [image])
  throw replacedPhoto(path)
}

export function replacedPhoto(path: string): AppError {
  return new AppError('conflict', `At ${path} lies another photo than was imported.`, {
    kept: 'What was decided is kept with the earlier one.',
    todo: 'Review the photo: it is marked as changed.',
  })
}

function isForeign({ environment: { foreignRoots = [] } }: JobContext, root: string): boolean {
  return foreignRoots.includes(root)
}
