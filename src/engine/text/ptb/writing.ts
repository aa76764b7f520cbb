/** How the treebank writes what a caption may spell in several ways. */

const bracketNames: Record<string, string> = { '(': '-LRB-', ')': '-RRB-', '[': '-LSB-', ']': '-RSB-', '{': '-LCB-', '}': '-RCB-' }
const singleOpening = /[\x91\u2018\u201b\u2039]/g
const singleClosing = /[\x92\u2019\u203a]|&apos;/gi
const doubleOpening = /[\x93\u201c\u00ab]/g
const doubleClosing = /[\x94\u201d\u00bb]/g

/** Keeps a token with inner spaces one token. */
export function noBreakSpaces(text: string): string {
  return text.replaceAll(/[ \t]/g, '\u00a0')
}

export function asciiApostrophe(text: string): string {
  return text.replaceAll(singleClosing, "'")
}

export function asciiAmpersand(text: string): string {
  return text.replaceAll(/&amp;/gi, '&')
}

export function asciiQuotes(text: string): string {
  return asciiApostrophe(text).replaceAll(singleOpening, '`').replaceAll(doubleOpening, '``').replaceAll(doubleClosing, "''")
}

export function nameBrackets(text: string): string {
  return text.replaceAll(/[()[\]{}]/g, (bracket) => bracketNames[bracket])
}

export function asciiDashes(text: string): string {
  return text.length === 3 || text.length === 4 ? '--' : text
}

export function asciiCurrency(text: string): string {
  return text
    .replace('\u00a2', 'cents')
    .replace('\u00a3', '#')
    .replace(/[\x80\u00a4\u20a0\u20ac]/, '$')
}

/** The common fractions that are one character; others stay as they are. */
export function spelledFraction(text: string): string {
  return text.replace('\u00bc', '1/4').replace('\u00bd', '1/2').replace('\u00be', '3/4').replace('\u2153', '1/3')
}
