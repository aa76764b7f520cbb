/**
 * The pieces that token classes are put together from, as regular-expression source. A backtick is written \x60. Where a piece looks far
 * ahead its reach is bounded (200 characters), lest an endless string without spaces takes quadratic time.
 */
import { eitherCase } from './abbreviations.ts'

const raw = String.raw

/** A character written by its name, in either case. */
export const entity = (names: string): string => `&(?:${eitherCase(names)});`

const umlauted = raw`&[aeiouAEIOU](?:${eitherCase('acute|grave|uml')});`
export const letter = raw`(?:[\p{L}\p{M}\xad]|${umlauted})`
export const letterOrDigit = raw`(?:[\p{L}\p{M}\p{Nd}\xad]|${umlauted})`
export const apostrophe = raw`(?:['\x92\u2019]|${entity('apos')})`
/** In some places a backtick may stand for the apostrophe. */
const looseApostrophe = raw`(?:['\x60\x91\x92\u2018\u2019\u201b]|${entity('apos')})`
export const insideSentence = raw`[,;:\u3001]`
const ampersand = `(?:${entity('amp')}|&)`

/** Characters written as numbers, and the marks of the treebank's own files: each is a token. */
export const markedCharacter = `&(?:#[0-9]+|${eitherCase('ht|tl|ur|lr|qc|ql|qr|odq|cdq')});`
/** Words that no other rule keeps whole. */
export const wholeWord = [
  raw`[cC](?:\+\+|#)`,
  raw`-(?:${eitherCase('rrb|lrb|rcb|lcb|rsb|lsb')})-|(?:${eitherCase('pro|anti')})-|[cC]\.[dD]\.[sS]`,
  raw`${eitherCase('cap')}${apostrophe}[nN]|[cC]${apostrophe}${eitherCase('est')}|[sS]${ampersand}(?:[pP]-500|[lL][sS])`,
].join('|')

export const spaceOrLineEnd = raw`[ \t\xa0\u2000-\u200a\u3000\r\n\u2028\u2029\x0b\x0c\x85]`

/** Letters first; marks inside a word may join two sentences: `ground.A`. */
export const word = raw`${letter}${letterOrDigit}*(?:[.!?]${letter}${letterOrDigit}*)*`
export const clitic = raw`${apostrophe}(?:${eitherCase('s|m|d|re|ve|ll')})`
export const negation = raw`[nN]${looseApostrophe}[tT]`
export const beforeNegation = raw`[A-Za-z\xad]*[A-MO-Za-mo-z]\xad*`

export const wordWithApostrophe = [
  raw`${apostrophe}[nN]${apostrophe}?`,
  raw`(?:${eitherCase('dunkin|somethin|ol')}|[lLdDjJ])${apostrophe}`,
  raw`${apostrophe}(?:${eitherCase('em|till?|cause|twixt')}|[2-9]0[sS])`,
  raw`[A-HJ-XZn]${looseApostrophe}\p{L}{2,}`,
  raw`\p{L}+(?<=\p{L}[aeiouyAEIOUY])${looseApostrophe}[aeiouA-Z]\p{L}*`,
  raw`${eitherCase('cont')}${apostrophe}[dD]\.?`,
  ...["nor'easter", "c'mon", "e'er", "s'mores", "ev'ry", "li'l", "nat'l"].map((each) => eitherCase(each).replace("'", apostrophe)),
].join('|')

/** Words and numbers joined by hyphens; French articles and `o'` may stand before a part. */
const article = raw`(?:[dDoOlL]${looseApostrophe}(?=\p{L}))?`
export const thing = raw`${article}${letterOrDigit}+(?:[-_\u058a\u2010\u2011]${article}${letterOrDigit}+)*`
export const acronym = raw`[A-Za-z](?:\.[A-Za-z])+`
export const hyphenated = raw`${letterOrDigit}(?:${letterOrDigit}|[.,]){0,200}(?:-(?:${acronym}\.|${letterOrDigit}+))+`
export const joinedCapitals = raw`[A-Z]+(?:(?:\+|${ampersand})[A-Z]+)+`
const slashedPart = raw`[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}`
export const slashed = raw`${slashedPart}(?:\\?/${slashedPart}){1,2}`

export const number = raw`[-+]?(?:\p{Nd}*(?:[.:,\xad\u066b\u066c]\p{Nd}+)+|\p{Nd}+)`
export const raisedNumber = raw`[\u207a\u207b\u208a\u208b]?(?:[\u2070\xb9\xb2\xb3\u2074-\u2079]+|[\u2080-\u2089]+)`
export const date = raw`\p{Nd}{1,2}[-/]\p{Nd}{1,2}[-/]\p{Nd}{2,4}`
export const fraction = raw`(?:\p{Nd}{1,4}[- \xa0])?\p{Nd}{1,4}(?:\\?/|\u2044)\p{Nd}{1,4}`
export const composedFraction = raw`[\xbc-\xbe\u2153-\u215e]`
export const telephone = raw`(?:\([0-9]{2,3}\)[ \xa0]?|(?:\+\+?)?(?:[0-9]{2,4}[- \xa0])?[0-9]{2,4}[- \xa0])[0-9]{3,4}[- \xa0]?[0-9]{3,5}`
export const currency = raw`[\xa2-\xa5\x80\u20a0\u20a4\u20ac\u060b\u0e3f\uffe0\uffe1\uffe5\uffe6]`

const tagName = raw`[A-Za-z][A-Za-z0-9_:.-]*`
const attribute = raw`${tagName}(?: *= *(?:'[^']*'|"[^"]*"|${tagName}))?`
export const tag = raw`<(?:[!?][A-Za-z-][^>\r\n]*|${tagName}(?: +${attribute})* */?|/${tagName}) *>`
export const sentenceStart = raw`${spaceOrLineEnd}(?:${spaceOrLineEnd}|[A-Z]|${tag})`

const urlPart = raw`[^ \t\n\f\r"<>|()\xa0]`
const urlEnd = raw`[^ \t\n\f\r"<>|.!?(){},\xa0-]`
const urlPath = raw`(?:/${urlPart}+${urlEnd})?`
const dottedHost = raw`(?:[^ \t\n\f\r"'\x60!(){}$|,-_]+\.)+(?:${eitherCase('com|net|org|edu')})`
export const url = raw`${eitherCase('http')}[sS]?://${urlPart}+${urlEnd}`
export const likelyUrl = raw`(?:[wW]{3}\.(?:[^ \t\n\f\r"<>|.!?(){},]+\.)+[A-Za-z]{2,4}|${dottedHost})${urlPath}`
const mailHost = raw`(?:[^ \t\n\f\r"<>|(){}.,\xa0]+\.)*[^ \t\n\f\r"<>|(){}[\].,;:&\xa0]+`
export const mailAddress = raw`(?:${entity('lt')}|<)?[A-Za-z0-9][^ \t\n\f\r"<>|(){},\xa0]{0,200}@${mailHost}(?:${entity('gt')}|>)?`
export const netName = raw`@[A-Za-z_][A-Za-z_0-9]*|#\p{L}[\p{L}\p{Nd}_]*[\p{L}\p{Nd}]`

export const smiley = raw`[<>]?[:;=][-o*']?[()DPdpO\\{@|[\]]`
export const eastAsianSmiley = [
  raw`[\^x=~<>]\.[\^x=~<>]`,
  raw`[-^x=~<>']_[-^x=~<>']`,
  raw`\([-^x=~<>'][_.]?[-^x=~<>']\)`,
  raw`\([\^x=~<>']-[\^x=~<>'\x60]\)`,
].join('|')

/** A straight quote pairs with its like only: after `”` a clitic's own may come. */
export const quoteMarks = raw`''|'|[\x60\x91-\x94\u2018-\u201f\u2039\u203a\xab\xbb]{1,2}|${entity('apos')}`
export const sentenceMark = raw`[.\xa1\xbf\u037e\u0589\u061f\u06d4\u0700-\u0702\u3002]`
/** Signs that stand for themselves. */
export const sign = [
  raw`[+%&~^|\\\xa6-\xa9\xac\xae-\xb8\xba\xd7\xf7\u0387\u05be\u05c0\u05c3\u05c6\u05f3\u05f4\u0600-\u0603\u0606-\u060a\u060c\u0614`,
  raw`\u061b\u061e\u066a\u066d\u0703-\u070d\u07f6-\u07f8\u0964\u0965\u0e4f\u1fbd\u2016\u2017\u2020-\u2023\u2030-\u2038\u203b\u203e-\u2043`,
  raw`\u2044\u207a-\u207f\u208a-\u208e\u2100-\u214f\u2190-\u2bff\u3012\u30fb\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]`,
].join('')
