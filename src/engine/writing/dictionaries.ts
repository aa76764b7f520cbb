/** Hunspell dictionaries: the English one that ships, and those that a person keeps in a folder (`de_DE.aff` beside `de_DE.dic`, as LibreOffice has them). */
import { readdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { AppError } from '#shared/errors.ts'

export interface DictionaryFiles {
  affixes: string
  words: string
}

/** The name under which the English dictionary of the package `dictionary-en` is chosen. */
export const shippedDictionary = 'en'

const largestFile = 64 * 1024 * 1024 // bytes; the largest dictionaries in use have about 20 million

/** Names of the dictionaries of a folder: those with both files. A folder that cannot be read has none. */
export async function listDictionaries(folder: string | null): Promise<string[]> {
  if (folder === null) return [shippedDictionary]
  const names = await readdir(folder).catch(() => [])
  const present = new Set(names)
  const found = names.filter((name) => name.endsWith('.aff') && present.has(`${name.slice(0, -4)}.dic`)).map((name) => name.slice(0, -4))
  return [shippedDictionary, ...found.filter((name) => name !== shippedDictionary).sort()]
}

/** Reads a dictionary by its name. @throws AppError `not-found`, `bad-input` for files that are no dictionary */
export async function readDictionary(name: string, folder: string | null): Promise<DictionaryFiles> {
  const [affixFile, wordFile] = dictionaryPaths(name, folder)
  const affixBytes = await readSmall(affixFile, name)
  const wordBytes = await readSmall(wordFile, name)
  const encoding = /^SET\s+(\S+)/m.exec(affixBytes.toString('latin1'))?.[1] ?? 'ISO8859-1'
  try {
    const decoder = new TextDecoder(encodingLabel(encoding), { fatal: true })
    const words = decoder.decode(wordBytes)
    if (!/^\s*\d+/.test(words)) throw new Error('its first line is not the number of words')
    return { affixes: decoder.decode(affixBytes), words }
  } catch (cause) {
    throw new AppError('bad-input', `The dictionary “${name}” cannot be read as Hunspell's format in ${encoding}.`, {
      kept: 'Spelling goes on without it.',
      todo: 'Choose another dictionary, or replace its .aff and .dic files.',
      cause,
    })
  }
}

function dictionaryPaths(name: string, folder: string | null): [string, string] {
  if (name === shippedDictionary) {
    const home = dirname(createRequire(import.meta.url).resolve('dictionary-en'))
    return [join(home, 'index.aff'), join(home, 'index.dic')]
  }
  if (folder === null || !/^[\w.@-]+$/.test(name)) throw absent(name)
  return [join(folder, `${name}.aff`), join(folder, `${name}.dic`)]
}

async function readSmall(file: string, name: string): Promise<Buffer> {
  const information = await stat(file).catch(() => undefined)
  if (information === undefined || !information.isFile()) throw absent(name)
  if (information.size > largestFile) {
    throw new AppError('bad-input', `The dictionary “${name}” has a file of ${Math.round(information.size / 1e6)} MB, more than any dictionary.`, {
      kept: 'Spelling goes on without it.',
      todo: 'Choose another dictionary.',
    })
  }
  return readFile(file)
}

function absent(name: string): AppError {
  return new AppError('not-found', `There is no dictionary “${name}”.`, {
    kept: 'Spelling goes on without it.',
    todo: 'Choose a dictionary in Settings; a folder of .aff and .dic files can be named there.',
  })
}

/** Hunspell writes ISO8859-1 where the encoding standard says iso-8859-1, and microsoft-cp1251 where it says windows-1251. */
function encodingLabel(name: string): string {
  return name.replace(/^ISO8859-/i, 'iso-8859-').replace(/^microsoft-cp/i, 'windows-')
}
