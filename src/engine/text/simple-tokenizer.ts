/**
 * The plain tokenizer: lower-case words without punctuation. Near to what the Penn Treebank tokenizer leaves of a caption
 * (clitics apart, hyphenated words whole, clock times and fractions whole), in one expression and without its rarer rules.
 */

const character = String.raw`[\p{L}\p{M}\p{N}]`
const negation = `n't(?!${character})`
const clitic = `'(?:s|m|d|re|ve|ll)(?!${character})`
const number = String.raw`\p{N}+(?:[.,:/]\p{N}+)+`
const word = `${character}+?(?=${negation})|${character}+(?:-${character}+)*`
const wordPattern = new RegExp(`${negation}|${clitic}|${number}|${word}`, 'gu')

/** The lower-cased words of a caption: `A man's T-shirt, don't!` → `a man 's t-shirt do n't`. Tokenizing joined tokens changes nothing. */
export function tokenize(caption: string): string[] {
  return caption.toLowerCase().replaceAll('’', "'").match(wordPattern) ?? []
}
