/** The Snowball English stemmer, remembering what it has seen: captions repeat their words. */
import snowball from 'snowball-stemmers'

export type Stem = (word: string) => string

/** A stemmer with its own memory. */
export function createStemmer(): Stem {
  const english = snowball.newStemmer('english')
  const known = new Map<string, string>()
  return (word) => {
    let stem = known.get(word)
    if (stem === undefined) known.set(word, (stem = english.stem(word)))
    return stem
  }
}
