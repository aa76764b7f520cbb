/** English plurals of object words, by rule. */

const irregularPlurals: Readonly<Record<string, string>> = {
  child: 'children',
  person: 'persons',
  mouse: 'mice',
  goose: 'geese',
  knife: 'knives',
  calf: 'calves',
  ox: 'oxen',
}
const withoutPlural = /^(?:sheep|cattle|people|luggage|baggage|broccoli|scissors|shears|skis|oxen|aircraft|buffalo|someone|somebody)$/

/** The plural of a term: of its first word in `glass of wine`, else of its last. */
export function plural(term: string): string {
  const ofPhrase = / of .*$/.exec(term)?.[0] ?? ''
  const words = term.slice(0, term.length - ofPhrase.length).split(' ')
  const last = words[words.length - 1]
  return [...words.slice(0, -1), pluralOfWord(last)].join(' ') + ofPhrase
}

function pluralOfWord(word: string): string {
  if (withoutPlural.test(word)) return word
  if (word in irregularPlurals) return irregularPlurals[word]
  if (word.endsWith('man')) return `${word.slice(0, -2)}en`
  if (/(?:s|x|z|ch|sh)$/.test(word)) return `${word}es`
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`
  return `${word}s`
}
