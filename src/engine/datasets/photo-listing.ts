/** The photos below a folder: the same for `import`, `caption`, `search` and `regions`. */
import type { Dirent } from 'node:fs'
import { opendir, realpath, stat } from 'node:fs/promises'
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

/** A photo, or with a `reason` what is left out. */
type Found = { path: string; reason?: string }

/** What `photosBelow` finds, all of it. @throws as it */
export async function listPhotos(root: string, purpose: Purpose): Promise<ListedPhotos> {
  const listed: ListedPhotos = { paths: [], leftOut: [] }
  for await (const { path, reason } of photosBelow(root, purpose)) {
    if (reason === undefined) listed.paths.push(path)
    else listed.leftOut.push({ path, reason })
  }
  return listed
}

/**
 * The image files below a folder, in no order, those inside of tar and Parquet files too; what is hidden is passed by. Links to files and folders inside the
 * folder are followed, each folder once.
 * @throws AppError `not-found`, `not-permitted` naming the folder at fault, `unavailable` for a disk that does not answer
 */
export async function* photosBelow(root: string, purpose: Purpose): AsyncGenerator<Found> {
  const real = await within(answersWithin, `The folder ${root}`, realpath(root)).catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw unreadableFolder(root, cause, purpose)
  })
  const visited = new Set([real])
  const visit = async function* (folder: string): AsyncGenerator<Found> {
    for await (const entry of entriesOf(folder, root, purpose)) {
      if (entry.name.startsWith('.')) continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) {
        visited.add(await realpath(path).catch(() => path))
        yield* visit(path)
      } else if (entry.isFile()) {
        yield* take(path)
      } else if (entry.isSymbolicLink()) yield* follow(path)
    }
  }
  const follow = async function* (path: string): AsyncGenerator<Found> {
    const target = await realpath(path).catch(() => null)
    const found = target === null ? null : await stat(target).catch(() => null)
    if (target === null || found === null) {
      if (isPhotoName(path)) yield { path, reason: 'The link leads nowhere.' }
    } else if (!found.isDirectory() && !isPhotoName(path) && packedEnd(path) === undefined) {
      return
    } else if (target !== real && !target.startsWith(real + sep)) {
      yield { path, reason: `The link leads out of the folder, to ${target}. Import that folder to have it.` }
    } else if (found.isFile()) {
      yield* take(path)
    } else if (found.isDirectory()) {
      if (visited.has(target)) yield { path, reason: 'The link leads to a folder that is listed already.' }
      else {
        visited.add(target)
        yield* visit(path)
      }
    }
  }
  yield* visit(root)
}

async function* take(path: string): AsyncGenerator<Found> {
  if (isPhotoName(path)) yield { path }
  else if (packedEnd(path) !== undefined) {
    const { paths, leftOut } = await listPackedPhotos(path)
    for (const photo of paths) yield { path: photo }
    yield* leftOut
  } else if (isCompressedTar(path)) yield { path, reason: compressedTarReason }
}

/** Some at a time: of a folder of a million files all names would take hundreds of megabytes. */
async function* entriesOf(folder: string, root: string, purpose: Purpose): AsyncGenerator<Dirent> {
  try {
    for await (const entry of await opendir(folder, { bufferSize: 256 })) yield entry
  } catch (cause) {
    throw unreadableFolder(folder, cause, purpose, root)
  }
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
