/** Photos as named on the command line. */
import { readdir, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { AppError } from '#shared/errors.ts'

const extensions = new Set(['.jpg', '.jpeg', '.png', '.webp', '.gif', '.tif', '.tiff', '.bmp', '.avif'])

/** The files given, and the photos inside the folders given (not in folders inside them), in order of name. Throws AppError `not-found`. */
export async function imagePaths(given: readonly string[]): Promise<string[]> {
  const paths: string[] = []
  for (const path of given) {
    const information = await stat(path).catch((cause: unknown) => {
      throw new AppError('not-found', `${path} does not exist.`, { todo: 'Check the path.', cause })
    })
    if (!information.isDirectory()) paths.push(path)
    else {
      const names = (await readdir(path)).filter((name) => extensions.has(extname(name).toLowerCase()))
      paths.push(...names.sort().map((name) => join(path, name)))
    }
  }
  if (paths.length === 0) throw new AppError('not-found', 'There is no photo to caption.', { todo: 'Name photos or folders that hold some.' })
  return paths
}

/**
 * COCO wants a whole number for each image: the last digits of the file names where these are all there and all different (as in COCO's own
 * files), else 1, 2, 3, … in order.
 */
export function imageNumbers(paths: readonly string[]): { numbers: number[]; fromNames: boolean } {
  const numbers = paths.map((path) => Number(/(\d+)\D*$/.exec(basename(path, extname(path)))?.[1]))
  const fromNames = numbers.every(Number.isSafeInteger) && new Set(numbers).size === paths.length
  return fromNames ? { numbers, fromNames } : { numbers: paths.map((_, index) => index + 1), fromNames }
}
