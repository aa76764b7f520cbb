/**
 * Base forms of an inflected English word by WordNet's suffix rules ("Morphy"): `suffix → ending`. A base counts only if `isWord` knows it, so
 * "dresses" gives "dress" and "walked" gives "walk".
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

/** All bases of `word` that `isWord` accepts, in rule order; none for words of one or two letters or in -ss. */
export function baseForms(word: string, isWord: (base: string) => boolean): string[] {
  if (word.length <= 2 || word.endsWith('ss')) return []
  const bases: string[] = []
  for (const [suffix, ending] of suffixRules) {
    if (!word.endsWith(suffix)) continue
    const base = word.slice(0, word.length - suffix.length) + ending
    if (!bases.includes(base) && isWord(base)) bases.push(base)
  }
  return bases
}
