/** Personal snippets: a few letters and a space become a text. */

export interface Expansion {
  /** Where the letters begin, and where the sign behind them ends. */
  start: number
  end: number
  text: string
}

/** What the letters before the caret stand for, where a space was just typed behind them; null where they stand for nothing. */
export function expansionAt(text: string, caret: number, snippets: Readonly<Record<string, string>>): Expansion | null {
  if (text[caret - 1] !== ' ') return null
  const letters = /\S+$/.exec(text.slice(0, caret - 1))?.[0]
  if (letters === undefined || !Object.hasOwn(snippets, letters)) return null
  return { start: caret - 1 - letters.length, end: caret, text: `${snippets[letters]} ` }
}
