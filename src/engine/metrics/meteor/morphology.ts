/**
 * The base form of a regularly inflected English word, by WordNet's suffix rules ("Morphy"): `suffix → ending`. Of the rules that lead to a
 * known word the first one wins.
 */

const suffixRules: readonly (readonly [suffix: string, ending: string])[] = [
  // nouns
  ['s', ''],
  ['ses', 's'],
  ['xes', 'x'],
  ['zes', 'z'],
  ['ches', 'ch'],
  ['shes', 'sh'],
  ['men', 'man'],
  ['ies', 'y'],
  // verbs
  ['s', ''],
  ['ies', 'y'],
  ['es', 'e'],
  ['es', ''],
  ['ed', 'e'],
  ['ed', ''],
  ['ing', 'e'],
  ['ing', ''],
  // adjectives
  ['er', ''],
  ['est', ''],
  ['er', 'e'],
  ['est', 'e'],
]

/** The base that `isWord` accepts first, or undefined; words of one or two letters and words in -ss have none. */
export function baseForm(word: string, isWord: (base: string) => boolean): string | undefined {
  if (word.length <= 2 || word.endsWith('ss')) return undefined
  for (const [suffix, ending] of suffixRules) {
    if (!word.endsWith(suffix)) continue
    const base = word.slice(0, word.length - suffix.length) + ending
    if (isWord(base)) return base
  }
  return undefined
}
