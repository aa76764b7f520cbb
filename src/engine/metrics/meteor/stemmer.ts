/** The Snowball English stemmer, as METEOR uses it. */
import snowball from 'snowball-stemmers'

const english = snowball.newStemmer('english')

/** The stem of a lower-case word. */
export function stemOf(word: string): string {
  return english.stem(word)
}
