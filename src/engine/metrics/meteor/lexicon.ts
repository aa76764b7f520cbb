/**
 * What METEOR knows of words: stem, synonym sets, whether it is a function word. Remembered per word, since captions repeat their words.
 */
import { baseForm } from './morphology.ts'
import { stemOf } from './stemmer.ts'

export interface Word {
  readonly text: string
  readonly stem: string
  /** Ids of the synonym sets of the word and of its bases, ascending. */
  readonly synsets: Uint32Array
  readonly isFunctionWord: boolean
}

/** The data behind a lexicon, wherever it came from. */
export interface LexicalResources {
  functionWords: ReadonlySet<string>
  /** word → ids of its synonym sets, separated by spaces (parsed when the word is met) */
  synsets: ReadonlyMap<string, string>
  /** irregular form → its bases */
  exceptions: ReadonlyMap<string, readonly string[]>
}

export type Lexicon = (text: string) => Word

const rememberedWords = 100_000

export function createLexicon(resources: LexicalResources): Lexicon {
  const { functionWords, synsets, exceptions } = resources
  const known = new Map<string, Word>()
  const isWord = (base: string): boolean => synsets.has(base)

  const synsetIds = (text: string): Uint32Array => {
    const regularBase = exceptions.has(text) ? undefined : baseForm(text, isWord)
    const bases = exceptions.get(text) ?? (regularBase === undefined ? [] : [regularBase])
    const ids = new Set<number>()
    for (const form of [text, ...bases]) for (const id of synsets.get(form)?.split(' ') ?? []) ids.add(Number(id))
    return Uint32Array.from(ids).sort()
  }

  return (text) => {
    const remembered = known.get(text)
    if (remembered !== undefined) return remembered
    if (known.size >= rememberedWords) known.clear()
    const word: Word = { text, stem: stemOf(text), synsets: synsetIds(text), isFunctionWord: functionWords.has(text) }
    known.set(text, word)
    return word
  }
}

/** Whether two words share a synonym set. */
export function areSynonyms(left: Word, right: Word): boolean {
  const a = left.synsets
  const b = right.synsets
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const difference = a[i] - b[j]
    if (difference === 0) return true
    if (difference < 0) i++
    else j++
  }
  return false
}
