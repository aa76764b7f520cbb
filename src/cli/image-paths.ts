/** Photos as named on the command line. */
import { stat } from 'node:fs/promises'
import { basename, dirname, extname, relative, resolve } from 'node:path'
import { fileOnDisk, packedEnd } from '#engine/files/packed/packed-path.ts'
import { listPackedPhotos, listPhotos } from '#engine/datasets/photo-listing.ts'
import { commonFolder, portableName } from '#engine/datasets/photo-paths.ts'
import { AppError } from '#shared/errors.ts'

/**
 * The files given, the photos inside of tar and Parquet files given, and those below the folders given (as `import` takes them), each folder's in order of name. Links that are not followed are named on standard error.
 * @throws AppError `not-found`
 */
export async function imagePaths(given: readonly string[]): Promise<string[]> {
  const paths: string[] = []
  for (const path of given) {
    const information = await stat(fileOnDisk(path)).catch((cause: unknown) => {
      throw new AppError('not-found', `${path} does not exist.`, { todo: 'Check the path.', cause })
    })
    const packed = packedEnd(path) !== undefined
    if (!information.isDirectory() && !packed) paths.push(path)
    else {
      const listed = information.isDirectory() ? await listPhotos(path, { kept: '', todo: '' }) : await listPackedPhotos(path)
      for (const { path: link, reason } of listed.leftOut) process.stderr.write(`left out ${link}: ${reason}\n`)
      for (const photo of packed ? listed.paths : listed.paths.sort()) paths.push(photo)
    }
  }
  if (paths.length === 0) throw new AppError('not-found', 'There is no photo to caption.', { todo: 'Name photos or folders that hold some.' })
  return paths
}

/** A name for each photo that no other has: the file's own where these are all different, else its path below the folder that holds them all. */
export function photoNames(paths: readonly string[]): Map<string, string> {
  const own = paths.map((path) => basename(path))
  if (new Set(own).size === new Set(paths.map((path) => resolve(path))).size) return new Map(paths.map((path, index) => [path, own[index]]))
  const root = commonFolder(paths.map((path) => dirname(resolve(path))))
  return new Map(paths.map((path) => [path, portableName(root === null ? resolve(path) : relative(root, resolve(path)))]))
}

/** The last digits of the photos' file names, as in COCO's own files; null where one has none or two have the same. */
export function numbersInNames(paths: readonly string[]): number[] | null {
  const numbers = paths.map((path) => Number(/(\d+)\D*$/.exec(basename(path, extname(path)))?.[1]))
  return numbers.every(Number.isSafeInteger) && new Set(numbers).size === paths.length ? numbers : null
}
