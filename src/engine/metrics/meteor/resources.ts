/**
 * METEOR's own English resources, from the places where people have them: a `resources` folder, a METEOR folder, or the jar, read as the
 * zip it is.
 */
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'
import { readRegular, readRegularText } from '#engine/files/regular-file.ts'
import { AppError } from '#shared/errors.ts'
import type { LexicalResources } from './lexicon.ts'

export interface FoundResources {
  lexical: LexicalResources
  /** The folder or jar that was read. */
  path: string
  /** Where `paraphrase-en.gz` lies, if it lies where METEOR keeps it. */
  paraphrases: string | undefined
}

const names = {
  functionWords: 'function/english.words',
  synsets: 'synonym/english.synsets',
  exceptions: 'synonym/english.exceptions',
} as const
type ResourceTexts = Record<keyof typeof names, string>

const jarName = 'meteor-1.5.jar'

/** Where the resources lie, before anything is read. */
export interface MeteorPlace {
  kind: 'folder' | 'jar'
  path: string
  /** `paraphrase-en.gz` beside them. */
  paraphrases: string | undefined
}

/**
 * Reads the resources from `path`: a folder that holds `function/` and `synonym/`, one that holds `resources/` or `meteor-1.5.jar`, or the
 * jar itself.
 * @throws AppError not-found, or corrupt where a file is not what its name says.
 */
export async function readMeteorResources(path: string): Promise<FoundResources> {
  const place = await findMeteor(path)
  const texts = await (place.kind === 'folder' ? readFolder(place.path) : readJar(place.path))
  return { lexical: parseResources(texts, place.path), path: place.path, paraphrases: place.paraphrases }
}

/** Finds the resources without reading them. @throws AppError not-found */
export async function findMeteor(path: string): Promise<MeteorPlace> {
  for (const folder of [path, join(path, 'resources')]) {
    if (!(await isFile(join(folder, names.synsets)))) continue
    return { kind: 'folder', path: folder, paraphrases: await findParaphrases(folder, path) }
  }
  for (const jar of [path, join(path, jarName)]) {
    if (!(await isFile(jar))) continue
    return { kind: 'jar', path: jar, paraphrases: await findParaphrases(dirname(jar)) }
  }
  throw new AppError('not-found', `There are no METEOR resources at ${path}.`, {
    todo: `Point to METEOR 1.5's resources folder (with function/ and synonym/), to a folder with ${jarName}, or to that jar.`,
  })
}

/** @throws AppError not-found where no paraphrase table lies at the path */
export async function requireParaphrases(path: string): Promise<void> {
  if (await isFile(path)) return
  throw new AppError('not-found', `There is no paraphrase table at ${path}.`, { todo: 'Point to paraphrase-en.gz, or leave it out.' })
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

async function findParaphrases(...folders: string[]): Promise<string | undefined> {
  for (const folder of folders)
    for (const place of [folder, join(folder, 'data'), join(folder, 'paraphrase'), dirname(folder), join(dirname(folder), 'data')]) {
      const candidate = join(place, 'paraphrase-en.gz')
      if (await isFile(candidate)) return candidate
    }
  return undefined
}

/** One after the other, so that of several that are missing it is always the first that is named. */
async function readFolder(folder: string): Promise<ResourceTexts> {
  const textOf = (name: string): Promise<string> =>
    readRegularText(join(folder, name), largestResource).catch((cause: unknown) => {
      throw missing(name, folder, cause)
    })
  return { functionWords: await textOf(names.functionWords), synsets: await textOf(names.synsets), exceptions: await textOf(names.exceptions) }
}

/** Bytes, unpacked; METEOR's own are a tenth of it. */
const largestResource = 500e6

/** Of the jar's entries only the three are unpacked, wherever in the jar they lie. */
async function readJar(jar: string): Promise<ResourceTexts> {
  const wanted = Object.values(names)
  let entries: Record<string, Uint8Array>
  try {
    entries = unzipSync(await readRegular(jar, largestResource), {
      filter: (entry) => entry.originalSize <= largestResource && wanted.some((name) => entry.name.endsWith(name)),
    })
  } catch (cause) {
    throw new AppError('corrupt', `${jar} cannot be read as a jar.`, {
      todo: 'Get METEOR 1.5 again, or point to its resources folder.',
      cause,
    })
  }
  const textOf = (name: string): string => {
    const entry = Object.entries(entries).find(([entryName]) => entryName.endsWith(name))
    if (entry === undefined) throw missing(name, jar)
    return new TextDecoder().decode(entry[1])
  }
  return { functionWords: textOf(names.functionWords), synsets: textOf(names.synsets), exceptions: textOf(names.exceptions) }
}

function missing(name: string, place: string, cause?: unknown): AppError {
  return new AppError('not-found', `METEOR's ${name} is missing in ${place}.`, {
    todo: 'Point to the complete resources of METEOR 1.5.',
    cause,
  })
}

/**
 * The three texts: function words one a line; synonym sets and exceptions in pairs of lines (word, then ids; base, then its irregular
 * forms).
 */
export function parseResources(texts: ResourceTexts, place: string): LexicalResources {
  const exceptions = new Map<string, string[]>()
  for (const [base, forms] of linePairs(texts.exceptions, names.exceptions, place))
    for (const form of forms.split(' ')) {
      const bases = exceptions.get(form)
      if (bases === undefined) exceptions.set(form, [base])
      else bases.push(base)
    }
  const synsets = new Map(linePairs(texts.synsets, names.synsets, place))
  const firstIds = synsets.values().next().value
  if (firstIds === undefined || !/^\d+( \d+)*$/u.test(firstIds)) throw notWhatItSays(names.synsets, place)
  return { functionWords: new Set(linesOf(texts.functionWords)), synsets, exceptions }
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/u)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

function linePairs(text: string, name: string, place: string): [string, string][] {
  const lines = linesOf(text)
  if (lines.length % 2 !== 0) throw notWhatItSays(name, place)
  const pairs: [string, string][] = []
  for (let line = 0; line < lines.length; line += 2) pairs.push([lines[line], lines[line + 1]])
  return pairs
}

function notWhatItSays(name: string, place: string): AppError {
  return new AppError('corrupt', `${name} in ${place} is not METEOR's file of that name.`, { todo: 'Get METEOR 1.5 again.' })
}
