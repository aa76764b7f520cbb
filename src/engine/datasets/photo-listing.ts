/** The photos below a folder: the same for `import`, `caption`, `search` and `regions`. */
import { readdir, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { within } from '#engine/files/deadline.ts'
import { compressedTarReason, isCompressedTar } from '#engine/files/packed/compressed.ts'
import { packedEnd } from '#engine/files/packed/packed-path.ts'
import { listPacked } from '#engine/files/photo-file.ts'
import { AppError, sentence, toReport } from '#shared/errors.ts'
import type { Purpose } from './purpose.ts'

const answersWithin = 10_000 // milliseconds

const photoExtensions = new Set(['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif', '.tif', '.tiff', '.bmp', '.avif', '.heic', '.heif'])

export function isPhotoName(name: string): boolean {
  return photoExtensions.has(extname(name).toLowerCase())
}

export interface ListedPhotos {
  paths: string[]
  /** Links that lead out of the folder, in a circle or nowhere; packed files that cannot be read, compressed ones among them. */
  leftOut: { path: string; reason: string }[]
}

/**
 * The image files below a folder, in no order, those inside of tar and Parquet files too; what is hidden is passed by. Links to files and folders inside the
 * folder are followed, each folder once.
 * @throws AppError `not-found`, `not-permitted` naming the folder at fault, `unavailable` for a disk that does not answer
 */
export async function listPhotos(root: string, purpose: Purpose): Promise<ListedPhotos> {
  const listed: ListedPhotos = { paths: [], leftOut: [] }
  const real = await within(answersWithin, `The folder ${root}`, realpath(root)).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw unreadableFolder(root, cause, purpose)
  })
  const visited = new Set([real])
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
      throw unreadableFolder(folder, cause, purpose, root)
    })
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        visited.add(await realpath(path).catch(() => path))
        await visit(path)
      } else if (entry.isFile()) {
        await take(path)
      } else if (entry.isSymbolicLink()) await follow(path)
    }
  }
  const take = async (path: string): Promise<void> => {
    if (isPhotoName(path)) listed.paths.push(path)
    else if (packedEnd(path) !== undefined) {
      const { paths, leftOut } = await listPackedPhotos(path)
      for (const photo of paths) listed.paths.push(photo)
      listed.leftOut.push(...leftOut)
    } else if (isCompressedTar(path)) listed.leftOut.push({ path, reason: compressedTarReason })
  }
  const follow = async (path: string): Promise<void> => {
    const leaveOut = (reason: string): void => void listed.leftOut.push({ path, reason })
    const target = await realpath(path).catch(() => null)
    const found = target === null ? null : await stat(target).catch(() => null)
    if (target === null || found === null) {
      if (isPhotoName(path)) leaveOut('The link leads nowhere.')
    } else if (!found.isDirectory() && !isPhotoName(path) && packedEnd(path) === undefined) {
      return
    } else if (target !== real && !target.startsWith(real + sep)) {
      leaveOut(`The link leads out of the folder, to ${target}. Import that folder to have it.`)
    } else if (found.isFile()) {
      await take(path)
    } else if (found.isDirectory()) {
      if (visited.has(target)) leaveOut('The link leads to a folder that is listed already.')
      else {
        visited.add(target)
        await visit(path)
      }
    }
  }
  await visit(root)
  return listed
}

/** The photos inside of a tar or Parquet file, in its order. Never throws: a file that cannot be read is left out and told. */
export async function listPackedPhotos(path: string): Promise<ListedPhotos> {
  try {
    const { names, leftOut } = await listPacked(path)
    return {
      paths: names.filter(isPhotoName).map((name) => join(path, name)),
      leftOut: leftOut.filter(({ name }) => isPhotoName(name)).map(({ name, reason }) => ({ path: `${path}: ${name}`, reason })),
    }
  } catch (error) {
    return { paths: [], leftOut: [{ path, reason: sentence(toReport(error)) }] }
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
