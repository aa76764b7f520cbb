/** Where an export may go: never over what a workspace or a set of photos consists of, and over other files only when a person said so. */
import { existsSync, lstatSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { AppError } from '#shared/errors.ts'

export interface OutputRules {
  /** Folders whose files are photos of a workspace. */
  imageRoots?: readonly string[]
  /** A person said that the file which is there may go. */
  replace: boolean
}

/**
 * The path as it will be written, links resolved.
 * @throws AppError `not-permitted` inside a workspace's folder, over a file of an image root or over what is no file; `conflict` where a file is and none may go
 */
export function requireOutput(file: string, { imageRoots = [], replace }: OutputRules): string {
  const place = realPlace(resolve(file))
  const refuse = (happened: string, todo: string): AppError => new AppError('not-permitted', happened, { kept: 'Nothing was written.', todo })
  const workspace = ancestors(place).find((folder) => existsSync(join(folder, 'workspace.db')))
  if (workspace !== undefined) throw refuse(`${file} lies in the workspace ${workspace}, which writes its own files alone.`, 'Choose a place outside of it.')
  const found = lstatSync(place, { throwIfNoEntry: false })
  if (found === undefined) return place
  if (!found.isFile()) throw refuse(`${file} is there and is no file.`, 'Choose another name.')
  const photos = imageRoots.map(realPlace).find((root) => place.startsWith(root.endsWith(sep) ? root : root + sep))
  if (photos !== undefined) throw refuse(`${file} is a file of ${photos}, whose photos a workspace holds.`, 'Choose a name that is not there yet.')
  if (!replace)
    throw new AppError('conflict', `${file} is there already.`, { kept: 'It was not changed.', todo: 'Choose another name, or say that it may be replaced.' })
  return place
}

/** The path with the links of its existing part resolved; a dangling link leads where it leads. */
function realPlace(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : join(realPlace(folder), basename(path))
  }
}

function ancestors(path: string): string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...ancestors(folder)]
}
