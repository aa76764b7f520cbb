/** The photos below a folder: the same for `import`, `caption`, `search` and `regions`. */
import { readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { AppError, toReport } from '#shared/errors.ts'
import type { Purpose } from './purpose.ts'

const photoExtensions = new Set(['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.avif'])

export function isPhotoName(name: string): boolean {
  return photoExtensions.has(extname(name).toLowerCase())
}

/**
 * The image files below a folder; hidden folders and links are passed by.
 * @throws AppError `not-found`, `not-permitted` naming the folder at fault
 */
export async function listPhotos(root: string, purpose: Purpose): Promise<string[]> {
  const found: string[] = []
  await findPhotos(root, root, found, purpose)
  return found
}

/** Adds to `found`: a folder's files can be more than a call takes arguments. */
async function findPhotos(root: string, folder: string, found: string[], purpose: Purpose): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadableFolder(folder, cause, purpose, root)
  })
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await findPhotos(root, path, found, purpose)
    else if (entry.isFile() && isPhotoName(entry.name)) found.push(path)
  }
}

/** An AppError that names the folder whose entries cannot be read; `chosen` is the folder above it that the person chose. */
export function unreadableFolder(folder: string, cause: unknown, { kept }: Purpose, chosen = folder): AppError {
  const { code } = toReport(cause)
  const which = folder === chosen ? `The folder ${folder}` : `The sub-folder ${folder}`
  return new AppError(code === 'not-permitted' ? code : 'not-found', `${which} cannot be read${why(cause)}.`, {
    kept,
    todo:
      folder === chosen
        ? 'Check the path and your permission to read it.'
        : `Give yourself permission to read it, or move it out of ${chosen}, and import again.`,
    cause,
  })
}

/** The system's own word for it. */
function why(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? ` (${cause.code})` : ''
}
