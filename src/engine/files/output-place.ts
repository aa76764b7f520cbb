/** Where an output may go: never over what a workspace or a set of photos consists of, never over what is read, and over other files only when a person said so. */
import { existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { AppError } from '#shared/errors.ts'
import { writeWhole, type FileContent } from './write-whole.ts'

export interface OutputRules {
  /** Folders whose files are photos of a workspace. */
  imageRoots?: readonly string[]
  /** Files that the same work reads. */
  inputs?: readonly (string | undefined)[]
  /** A person said that the file which is there may go. */
  replace: boolean
}

/**
 * The path as it will be written, links resolved.
 * @throws AppError `not-permitted` inside a workspace's folder, over a file of an image root or over what is no file; `conflict` where a file is and none may go
 */
export function requireOutput(file: string, { imageRoots = [], inputs = [], replace }: OutputRules): string {
  const place = realPlace(resolve(file))
  const refuse = (happened: string, todo: string): AppError => new AppError('not-permitted', happened, { kept: 'Nothing was written.', todo })
  const workspace = ancestors(place).find((folder) => existsSync(join(folder, 'workspace.db')))
  if (workspace !== undefined) throw refuse(`${file} lies in the workspace ${workspace}, which writes its own files alone.`, 'Choose a place outside of it.')
  const found = lstatSync(place, { throwIfNoEntry: false })
  if (found === undefined) return place
  if (inputs.some((input) => input !== undefined && realPlace(resolve(input)) === place))
    throw refuse(`${file} is read by the same work.`, 'Choose another name for what is written.')
  if (!found.isFile()) throw refuse(`${file} is there and is no file.`, 'Choose another name.')
  const photos = imageRoots.map(realPlace).find((root) => place.startsWith(root.endsWith(sep) ? root : root + sep))
  if (photos !== undefined) throw refuse(`${file} is a file of ${photos}, whose photos a workspace holds.`, 'Choose a name that is not there yet.')
  if (!replace)
    throw new AppError('conflict', `${file} is there already.`, {
      kept: 'It was not changed.',
      todo: 'Choose another name, or say that it may be replaced (--replace on the command line).',
    })
  return place
}

/** The same for all that one command writes, before it begins: an hour's work must not end without a place. @throws AppError also where two are the same */
export function requireOutputs(files: readonly (string | undefined)[], rules: OutputRules): void {
  const places = files.filter((file) => file !== undefined).map((file) => requireOutput(file, rules))
  const twice = places.find((place, index) => places.indexOf(place) !== index)
  if (twice !== undefined)
    throw new AppError('bad-input', `Two outputs would go to ${twice}.`, { kept: 'Nothing was written.', todo: 'Give each a name of its own.' })
}

/** Writes an output whole; its place is asked about once more, for much may have happened since the work began. */
export async function writeOutput(file: string, content: FileContent, rules: OutputRules): Promise<void> {
  await writeWhole(requireOutput(file, rules), content)
}

/**
 * The same for a package, which is a folder of its own: only another package, known by its manifest, is ever replaced.
 * @throws AppError `not-permitted` inside a workspace or over what is no package; `conflict` where one is and may not go
 */
export function requirePackagePlace(folder: string, { replace }: { replace: boolean }): string {
  const place = realPlace(resolve(folder))
  const kept = 'It was not changed.'
  const workspace = [place, ...ancestors(place)].find((each) => existsSync(join(each, 'workspace.db')))
  if (workspace !== undefined)
    throw new AppError('not-permitted', `${folder} lies in the workspace ${workspace}, which writes its own files alone.`, {
      kept,
      todo: 'Choose a place outside of it; the workspace takes models in by its Models view.',
    })
  const found = lstatSync(place, { throwIfNoEntry: false })
  if (found === undefined || (found.isDirectory() && readdirSync(place).length === 0)) return place
  if (!existsSync(join(place, 'manifest.json')))
    throw new AppError('not-permitted', `${folder} is there and is no package.`, { kept, todo: 'Choose another name.' })
  if (!replace)
    throw new AppError('conflict', `There is already a package at ${folder}.`, {
      kept,
      todo: 'Choose another name, or say that it may be replaced (--replace).',
    })
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
