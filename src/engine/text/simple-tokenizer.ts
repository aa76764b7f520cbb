/**
 * The plain tokenizer: lower-case words without punctuation. Near to what the Penn Treebank tokenizer leaves of a caption
 * (clitics apart, hyphenated words whole, clock times and fractions whole), in one expression and without its rarer rules.
 */

const wordPattern =
  /n't(?![\p{L}\p{N}])|'(?:s|m|d|re|ve|ll)(?![\p{L}\p{N}])|\p{N}+(?:[.,:/]\p{N}+)+|[\p{L}\p{M}\p{N}]+?(?=n't(?![\p{L}\p{N}]))|[\p{L}\p{M}\p{N}]+(?:-[\p{L}\p{M}\p{N}]+)*/gu

/** The lower-cased words of a caption: `A man's T-shirt, don't!` → `a man 's t-shirt do n't`. Tokenizing joined tokens changes nothing. */
export function tokenize(caption: string): string[] {
  return caption.toLowerCase().replaceAll('’', "'").match(wordPattern) ?? []
}
