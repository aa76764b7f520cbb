/** Spelling by Hunspell dictionaries. Words that the project's own texts know are never wrong. */
import type { Misspelling } from '#shared/writing.ts'
import nspell from 'nspell'
import { foldWord, placedWords } from './words.ts'
import type { DictionaryFiles } from './dictionaries.ts'

export interface Speller {
  /** Words of the text that neither the dictionary nor `known` has (`known` is asked in the form of `foldWord`). */
  check(text: string, known: (word: string) => boolean): Misspelling[]
  /** What was probably meant, best first, in the capitals of the word. Takes tens of milliseconds. */
  suggest(word: string): string[]
}

const mostRemembered = 50_000

/** Reads a dictionary into memory: half a second, about 15 MB for English. */
export function createSpeller({ affixes, words }: DictionaryFiles): Speller {
  const dictionary = nspell(affixes, words)
  const verdicts = new Map<string, boolean>()

  /** Captions are mostly written without capitals, so a name in lower case is right. */
  function isCorrect(word: string): boolean {
    const known = verdicts.get(word)
    if (known !== undefined) return known
    const straight = word.replaceAll('’', "'")
    const verdict = dictionary.correct(straight) || dictionary.correct(capitalized(straight)) || isCompound(straight)
    if (verdicts.size >= mostRemembered) verdicts.clear()
    verdicts.set(word, verdict)
    return verdict
  }

  /** Hunspell's English list has few compounds with hyphens: they are right if their parts are. */
  function isCompound(word: string): boolean {
    const parts = word.split(/[-‐]/)
    return parts.length > 1 && parts.every((part) => dictionary.correct(part) || dictionary.correct(capitalized(part)))
  }

  return {
    check: (text, known) =>
      placedWords(text)
        .filter(({ word }) => word.length > 1 && !known(foldWord(word)) && !isCorrect(word))
        .map(({ word, start }) => ({ word, start, length: word.length })),
    suggest(word) {
      const suggestions = dictionary.suggest(word)
      const lower = word === word.toLowerCase()
      return [...new Set(lower ? suggestions.map((suggestion) => suggestion.toLowerCase()) : suggestions)]
    },
  }
}

function capitalized(word: string): string {
  const [first = ''] = word
  return first.toUpperCase() + word.slice(first.length)
}
