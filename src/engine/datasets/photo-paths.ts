/** From a file name in a data set to a file below the folder of its photos, and back. */
import { readdir, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { packedPath } from '#engine/files/packed/packed-path.ts'
import { within } from '#engine/files/deadline.ts'
import { hasMember } from '#engine/files/photo-file.ts'

const answersWithin = 10_000 // milliseconds

/** A name as this system writes it: data sets made on Windows have `\` between folders. */
export function nativeName(fileName: string): string {
  return fileName.replaceAll(/[\\/]/g, sep)
}

/** A name as data sets write it everywhere: `/` between folders. */
export function portableName(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/')
}

/** The path of a named file inside the root; null where the name leads out of it. */
export function pathInside(root: string, name: string): string | null {
  const path = resolve(root, name)
  const inside = relative(root, path)
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return null
  return join(root, inside)
}

export interface PhotoFolder {
  root: string
  /** The file that a name means; null where there is none. `path` of a name that leads out of the root is null as well. @throws AppError `unavailable` for a disk that does not answer */
  find(fileName: string): Promise<string | null>
}

/**
 * Finds photos below a folder. A name is taken literally first; then with `/` for `\`; then without the folders at its beginning that are the end of the root's own path (`val2014/a.jpg` below `…/val2014`); then by the same
 * letters written another way (NFC or NFD), which costs one listing of the folder.
 */
export function openPhotoFolder(folder: string): PhotoFolder {
  const root = resolve(folder)
  let listing: Promise<ReadonlyMap<string, string>> | undefined
  const literal = async (name: string): Promise<string | null> => {
    const path = pathInside(root, name)
    return path !== null && (await isFile(path, root)) ? path : null
  }
  return {
    root,
    async find(fileName) {
      for (const name of spellings(fileName, root)) {
        const found = await literal(name)
        if (found !== null) return found
      }
      if (!/[^\x20-\x7e]/.test(fileName)) return null // plain letters have one spelling
      listing ??= listByLetters(root)
      const letters = await listing
      for (const name of spellings(fileName, root)) {
        const path = pathInside(root, name)
        const found = path === null ? undefined : letters.get(path.normalize('NFC'))
        if (found !== undefined) return found
      }
      return null
    },
  }
}

function spellings(fileName: string, root: string): string[] {
  const native = nativeName(fileName)
  const steps = native.split(sep)
  const parents = root.split(sep)
  const shortened = steps.slice(1).flatMap((_, index) => {
    const leading = steps.slice(0, index + 1)
    return leading.every((step, place) => step === parents.at(place - leading.length)) ? [steps.slice(index + 1).join(sep)] : []
  })
  return [...new Set([fileName, native, ...shortened])]
}

async function isFile(path: string, root: string): Promise<boolean> {
  const packed = packedPath(path)
  if (packed !== null) return hasMember(packed)
  const looked = stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
  return within(answersWithin, `The folder of photos ${root}`, looked)
}

async function listByLetters(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true }).catch(() => [])) {
    if (entry.isDirectory()) continue
    const path = join(entry.parentPath, entry.name)
    found.set(path.normalize('NFC'), path)
  }
  return found
}

/** The deepest folder that holds all the folders given; null where they have none in common (drives of Windows). */
export function commonFolder(folders: readonly string[]): string | null {
  let common = folders[0]
  for (const folder of folders) {
    for (;;) {
      const inside = relative(common, folder)
      if (!isAbsolute(inside) && inside !== '..' && !inside.startsWith(`..${sep}`)) break
      if (dirname(common) === common) return null
      common = dirname(common)
    }
  }
  return common
}
