/**
 * METEOR's English normalization (`-norm`): lower case, punctuation split off and kept as words. The rules are those of the Moses tokenizer
 * with hyphens between letters or digits opened first. Each rule replaces left to right without looking again at what it consumed, so
 * "jack-o-lantern" gives "jack o-lantern": the second hyphen's left neighbour is spent.
 */

const unifications: readonly (readonly [RegExp, string])[] = [
  [/[\u201c\u201d\u201e\u00ab\u00bb]/gu, '"'],
  [/[\u2018\u2019\u201a\u00b4]/gu, "'"],
  [/[\u2013\u2014\u2015]/gu, ' - '],
]

const splits: readonly (readonly [RegExp, string])[] = [
  [/([\p{L}\p{N}])-([\p{L}\p{N}])/gu, '$1 $2'],
  // everything but letters, digits, spaces and . ' ` , - stands alone
  [/([^\p{L}\p{N}\s.'`,-])/gu, ' $1 '],
  // commas stay inside numbers only
  [/([^\p{N}]),([^\p{N}])/gu, '$1 , $2'],
  [/(\p{N}),([^\p{N}])/gu, '$1 , $2'],
  [/([^\p{N}]),(\p{N})/gu, '$1 , $2'],
  // apostrophes: "man's" → "man 's", an apostrophe that begins or ends a word stands alone ("'s" → "' s")
  [/([^\p{L}])'([^\p{L}])/gu, "$1 ' $2"],
  [/([^\p{L}\p{N}])'(\p{L})/gu, "$1 ' $2"],
  [/(\p{L})'([^\p{L}])/gu, "$1 ' $2"],
  [/(\p{L})'(\p{L})/gu, "$1 '$2"],
  [/(\p{N})'(s)/gu, "$1 '$2"],
]

const acronym = /^(?:\p{L}\.)+\p{L}\.?$/u
const startsWithLetter = /^\p{L}/u
const hasLetter = /\p{L}/u

/** The words of a caption as METEOR counts them. */
export function normalizedWords(text: string): string[] {
  let line = ` ${text.toLowerCase()} `
  for (const [pattern, replacement] of unifications) line = line.replace(pattern, replacement)
  for (const [pattern, replacement] of splits) line = line.replace(pattern, replacement)
  const tokens = line.split(/\s+/u).filter((token) => token !== '')
  return tokens.flatMap((token, position) => splitPeriod(token, tokens[position + 1]))
}

/**
 * The period that ends a token: acronyms lose their dots ("t.v." → "tv"); it stays on a token that has another dot, and where a word
 * follows ("st. patrick"); before anything else it stands alone ("ave. 22", "in ky." at the end of a caption).
 */
function splitPeriod(token: string, next: string | undefined): string[] {
  if (acronym.test(token)) return [token.replaceAll('.', '')]
  if (!token.endsWith('.')) return [token]
  const word = token.slice(0, -1)
  if (word === '' || word.endsWith('.')) return [token] // "." and "..." are words themselves
  if (word.includes('.') && hasLetter.test(word)) return [token]
  if (next !== undefined && startsWithLetter.test(next)) return [token]
  return [word, '.']
}
