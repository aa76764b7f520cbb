/**
 * The tokenizer of coco-caption: Penn Treebank tokens as CoreNLP 3.4.1 makes them (`-preserveLines -lowerCase`), lower-cased after
 * tokenizing, then without punctuation. Written from the documented behaviour.
 */
import { rules, whitespace, type Rule } from './ptb/rules.ts'

/**
 * What coco-caption drops, compared with lower-cased tokens: the bracket names stand in capitals in its list,
 * so `-lrb-` and its like are never dropped. Longer runs (`!!`, `?!`) stay too.
 */
const dropped = new Set(["''", "'", '``', '`', '-LRB-', '-RRB-', '-LCB-', '-RCB-', '.', '?', '!', ',', ':', '-', '--', '...', ';'])

/** The rules that may match at a character, by its code; codes above 127 share the last list. */
const rulesByCode: readonly (readonly Rule[])[] = Array.from({ length: 129 }, (_, code) =>
  code < 128 ? rules.filter(({ begins }) => begins.test(String.fromCharCode(code))) : rules,
)

/** Letters before a space: no rule reaches further, so nine words in ten are found at once. */
const plainWord = /[A-Za-z]+(?=[ \n])/y
/**
 * Characters beyond the sixteen bits that the original reads at a time, and what pictograms are dressed with (keycaps, variation selectors):
 * no class of letters or signs holds them, only what takes anything, such as an address.
 */
const foreign = /[\ud800-\udfff\u20d0-\u20ff\ufe00-\ufe0f]/g
const stranger = '\uffff'
const partedWords = new Set(['cannot', 'gonna', 'gotta', 'lemme', 'gimme', 'wanna'])

/**
 * The words of one caption, without punctuation. A line break inside counts as a space.
 * `A man (wearing a hat) isn't` → `a man -lrb- wearing a hat -rrb- is n't`
 */
export function ptbTokenize(caption: string): string[] {
  return ptbTokenizeCorpus([caption])[0]
}

/**
 * The words of many captions, without punctuation. As in the original they are read in one pass, so that in rare cases the beginning of
 * one caption decides about the end of the one before (an initial before a new sentence gives its period up).
 */
export function ptbTokenizeCorpus(captions: readonly string[]): string[][] {
  return ptbLex(captions).map((tokens) => tokens.filter((token) => !dropped.has(token)))
}

/** All lower-cased tokens of each caption, punctuation included. */
export function ptbLex(captions: readonly string[]): string[][] {
  const text = captions.map((caption) => caption.replaceAll('\n', ' ')).join('\n')
  const lines: string[][] = captions.map(() => [])
  const read = text.replaceAll(foreign, stranger)
  let line = 0
  let lineEnd = captions.length > 0 ? captions[0].length : 0
  let at = skipWhitespace(read, 0)
  while (at < read.length) {
    // A caption's place is known by counting, not by line ends: no sign inside one can shift those after it.
    while (at > lineEnd) lineEnd += captions[++line].length + 1
    at = skipWhitespace(read, readToken(read, text, at, lines[line]))
  }
  return lines
}

function skipWhitespace(text: string, at: number): number {
  // One space between words is the common case.
  if (text.charCodeAt(at) === 0x20 && text.charCodeAt(at + 1) > 0x26 && text.charCodeAt(at + 1) < 0x7f) return at + 1
  whitespace.lastIndex = at
  return whitespace.test(text) ? whitespace.lastIndex : at
}

/** Reads the token at a place into `tokens`, as it stands in `written`, and tells where it ends; what no rule matches is passed over. */
function readToken(text: string, written: string, at: number, tokens: string[]): number {
  plainWord.lastIndex = at
  if (plainWord.test(text)) {
    const plain = text.slice(at, plainWord.lastIndex).toLowerCase()
    if (!partedWords.has(plain)) {
      tokens.push(plain)
      return plainWord.lastIndex
    }
  }
  let end = at
  let winner: Rule | undefined
  for (const rule of rulesByCode[Math.min(text.charCodeAt(at), 128)]) {
    rule.pattern.lastIndex = at
    if (!rule.pattern.test(text) || rule.pattern.lastIndex <= end) continue
    end = rule.pattern.lastIndex
    winner = rule
  }
  if (winner === undefined) return at + 1
  const { pattern, write, giveBack = 0, keepsGivenBack } = winner
  pattern.lastIndex = at
  const length = pattern.exec(text)?.[1]?.length ?? 0
  const token = written.slice(at, at + length)
  const kept = giveBack > 0 && !keepsGivenBack?.(token) ? token.slice(0, -giveBack) : token
  const word = (write ? write(kept) : kept).replaceAll('\u00ad', '')
  if (word !== '') tokens.push(word.toLowerCase())
  return at + length - giveBack
}
