/** What an import source says before any image file is looked at. */
import { readFile, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Split } from '#shared/domain.ts'
import { AppError, toReport } from '#shared/errors.ts'

export interface SourceImage {
  /** Absolute path of the image file, inside the root. */
  path: string
  fileName: string
  /** The id in the file it came from (COCO), or null. */
  sourceId: number | null
  split: Split
  references: { text: string; source: string }[]
}

export interface ReadSource {
  /** Absolute path of the folder that holds all the images. */
  root: string
  images: SourceImage[]
}

/** An AppError that names the place at fault. */
export function unusable(place: string, reason: string, cause?: unknown): AppError {
  return new AppError('bad-input', `${place}: ${reason}.`, {
    kept: 'Nothing was imported.',
    todo: 'Mend the file and import it again.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** An AppError that names the folder whose entries cannot be read; `chosen` is the folder above it that the person chose. */
export function unreadableFolder(folder: string, cause: unknown, chosen = folder): AppError {
  const { code } = toReport(cause)
  const which = folder === chosen ? `The folder ${folder}` : `The sub-folder ${folder}`
  return new AppError(code === 'not-permitted' ? code : 'not-found', `${which} cannot be read${why(cause)}.`, {
    kept: 'Nothing was imported.',
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

/** What the engine's strings can hold, with room to spare; COCO's largest file has 448 MB. */
const largestText = 500_000_000 // bytes

/** Reads a text file; bytes that are not UTF-8 are refused rather than replaced. @throws AppError `not-found`, `bad-input` */
export async function readText(file: string): Promise<string> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0, // reading says what is wrong
  )
  if (size > largestText) {
    throw new AppError('bad-input', `${file} is too large: ${Math.round(size / 1e6)} MB, where ${largestText / 1e6} MB can be read at a time.`, {
      kept: 'Nothing was imported.',
      todo: 'Split it into several files and import one after the other.',
    })
  }
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new AppError('not-found', `${file} cannot be read.`, { kept: 'Nothing was imported.', todo: 'Check the path.', cause })
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes) // drops a byte-order mark
  } catch (cause) {
    throw unusable(file, 'it is not UTF-8 text', cause)
  }
}

/** The path of a named file inside the root. @throws AppError `bad-input` where the name leads out of it */
export function pathInside(root: string, name: string, place: string): string {
  const path = resolve(root, name)
  const inside = relative(root, path)
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw unusable(place, `“${name}” leads out of the image folder`)
  }
  return join(root, inside)
}
