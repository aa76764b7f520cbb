/**
 * The token classes of the Penn Treebank tokenizer as one list: at each place the longest match wins, of equally long ones the first in
 * the list. A match may reach past its token (`after`): what follows decides, and counts for the length, but is not taken.
 */
import { closingAbbreviations, eitherCase, numberAbbreviations, openingAbbreviations, sentenceOpeners } from './abbreviations.ts'
import * as part from './patterns.ts'
import { asciiAmpersand, asciiApostrophe, asciiCurrency, asciiDashes, asciiQuotes, nameBrackets, noBreakSpaces, spelledFraction } from './writing.ts'

export interface Rule {
  /** the ASCII characters it may begin with (at others every rule is tried) */
  begins: RegExp
  /** sticky; group 1 is the token, the whole match may be longer */
  pattern: RegExp
  /** what the token's text becomes; unchanged if absent */
  write?: (text: string) => string
  /** characters at the token's end to be read again, as a token of their own */
  giveBack?: number
  /** whether the token keeps what it gives back: an abbreviation's period may end the sentence too */
  keepsGivenBack?: (text: string) => boolean
}

/** What stands between tokens, line ends included. */
export const whitespace = /(?:[\s\x85]|&[nN][bB][sS][pP];)+/uy

const raw = String.raw
const newSentence = raw`${part.spaceOrLineEnd}+(?:${sentenceOpeners}|${part.tag})${part.spaceOrLineEnd}`
const noLetterAfter = '(?:[^A-Za-z]|$)'

function rule(begins: RegExp, token: string, after = '', rest: Omit<Rule, 'begins' | 'pattern'> = {}): Rule {
  return { begins, pattern: new RegExp(`(${token})${after}`, 'uy'), ...rest }
}

/** All rules, in the order that decides between equally long matches. */
export const rules: readonly Rule[] = [
  // Words written together that the treebank parts: the second is given back.
  rule(/c/i, eitherCase('cannot'), '', { giveBack: 3 }),
  rule(/['&]/, raw`${part.apostrophe}${eitherCase('twas')}`, '', { giveBack: 3, write: asciiApostrophe }),
  rule(/['&]/, raw`${part.apostrophe}${eitherCase('tis')}`, '', { giveBack: 2, write: asciiApostrophe }),
  rule(/[glw]/i, eitherCase('gonna|gotta|lemme|gimme|wanna'), '', { giveBack: 2 }),
  rule(/</, part.tag, '', { write: noBreakSpaces }),
  rule(/&/, raw`${part.entity('md|mdash|ndash')}|[\x96\x97\u2013-\u2015]`, '', { write: () => '--' }),
  rule(/&/, part.entity('amp'), '', { write: () => '&' }),
  rule(/&/, part.markedCharacter),

  // Words, and what stands before a clitic.
  rule(/[a-z&]/i, part.word, part.clitic),
  rule(/[a-z]/i, part.beforeNegation, part.negation),
  rule(/[a-z&]/i, part.word),
  rule(/['&a-z]/i, part.wordWithApostrophe, '', { write: asciiApostrophe }),
  rule(/y/i, raw`[yY]${part.apostrophe}`, raw`\p{L}`, { write: asciiApostrophe }),

  // Addresses and names of the net.
  rule(/h/i, part.url),
  rule(/[^ "'`!(){}$|,-_]|w/i, part.likelyUrl),
  rule(/[a-z0-9&<]/i, part.mailAddress),
  rule(/[@#]/, part.netName),

  // Clitics by themselves.
  rule(/['&]/, part.clitic, noLetterAfter, { write: asciiApostrophe }),
  rule(/n/i, part.negation, noLetterAfter, { write: asciiApostrophe }),

  // Numbers and what holds digits or slashes.
  rule(/\d/, part.date),
  rule(/[-+.:,\d]/, raw`${part.number}|${part.raisedNumber}`),
  rule(/\d/, part.fraction, '', { write: noBreakSpaces }),
  rule(/[^\0-\x7f]/, part.composedFraction, '', { write: spelledFraction }),
  rule(/[-acps]/i, part.wholeWord, '', { write: (text) => asciiApostrophe(asciiAmpersand(text)) }),
  rule(/['&]/, raw`${part.apostrophe}[0-9][0-9]`, part.spaceOrLineEnd, { write: asciiApostrophe }),
  rule(/[eyj]/i, raw`(?:${eitherCase('e|yahoo|jeopardy')})!`),
  rule(/o/i, raw`${eitherCase('ok')}!`, raw`${part.spaceOrLineEnd}${eitherCase('magazine')}`),
  rule(/[a-z\d]/i, part.slashed),
  rule(/[A-Z$#]/, raw`[A-Z]*\$|#`),
  rule(/[^\0-\x7f]/, part.currency, '', { write: asciiCurrency }),

  // Abbreviations. Before a new sentence an initial gives its period up; longer ones lend it.
  rule(/[a-z]/i, raw`(?:${closingAbbreviations})\.`, raw`(?:${part.sentenceStart}|[^]?$)`, { giveBack: 1, keepsGivenBack: () => true }),
  rule(/[a-z]/i, raw`(?:${closingAbbreviations})\.`, '[^][^]'),
  rule(/[a-z]/i, raw`(?:${numberAbbreviations})\.`, raw`${part.spaceOrLineEnd}?\p{Nd}`),
  rule(/[a-z]/i, raw`(?:${part.acronym}|[A-Za-z])\.`, newSentence, {
    giveBack: 1,
    keepsGivenBack: (text) => text.length > 2,
  }),
  rule(/[a-z]/i, raw`(?:${openingAbbreviations}|${part.acronym}|[A-Za-z])\.`),
  rule(/[a-z&]/i, raw`${part.word}\.`, part.insideSentence),
  rule(/[(+\d]/, part.telephone, '', { write: (text) => nameBrackets(noBreakSpaces(text)) }),

  // Quotes, smileys, brackets.
  rule(/["&]/, `"|${part.entity('quot')}`, '[A-Za-z0-9$]', { write: () => '``' }),
  rule(/["&]/, `"|${part.entity('quot')}`, '', { write: () => "''" }),
  rule(/[<&]/, `<|${part.entity('lt')}`, '', { write: () => '<' }),
  rule(/[>&]/, `>|${part.entity('gt')}`, '', { write: () => '>' }),
  rule(/[<>:;=]/, part.smiley, '(?:[^A-Za-z0-9]|$)', { write: nameBrackets }),
  rule(/[-^x=~<>'(]/, part.eastAsianSmiley, '', { write: nameBrackets }),
  rule(/[()[\]{}]/, raw`[()[\]{}]`, '', { write: nameBrackets }),

  // Dashes, dots, marks.
  rule(/-/, '-+', '', { write: asciiDashes }),
  rule(/\./, raw`\.{3,5}|(?:\.[ \xa0]){2,4}\.|\u2026`, '', { write: () => '...' }),
  rule(/[@#_*\\]/, raw`@+|#+|_+|\*+|(?:\\\*){1,3}`),
  rule(/[,;:?!.=/]/, raw`${part.insideSentence}|[?!]+|${part.sentenceMark}|=|/`),

  // Hyphenated and mixed things.
  rule(/[a-z\d&]/i, part.hyphenated, '(?:[^a-zA-Z0-9.+]|$)'),
  rule(/[a-z\d&]/i, raw`${part.hyphenated}\.`, part.insideSentence),
  rule(/[a-z\d&]/i, part.thing, '', { write: asciiApostrophe }),
  rule(/[A-Z]/, raw`${part.joinedCapitals}\.`, part.insideSentence, { write: asciiAmpersand }),
  rule(/[A-Z]/, part.joinedCapitals, '', { write: asciiAmpersand }),

  // Apostrophes as quotes, and the signs that stand for themselves. What no rule matches is left out.
  rule(/'/, "'", raw`[A-Za-z][^ \t\n\r\xa0]`, { write: () => '`' }),
  rule(/['`&]/, part.quoteMarks, '', { write: asciiQuotes }),
  rule(/[<>]/, '<<|>>'),
  rule(/[+%&~^|\\]/, part.sign),
]
