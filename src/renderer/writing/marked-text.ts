/** A text cut where words are marked, for the layer behind the editor. */
import type { Misspelling } from '#shared/domain.ts'

export interface Piece {
  text: string
  marked: boolean
}

/** The pieces of a text in order; marks that do not fit the text (it was typed on since) are left out. */
export function piecesOf(text: string, misspellings: readonly Misspelling[]): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const { word, start, length } of misspellings) {
    if (start < end || text.slice(start, start + length) !== word) continue
    if (start > end) pieces.push({ text: text.slice(end, start), marked: false })
    pieces.push({ text: word, marked: true })
    end = start + length
  }
  if (end < text.length) pieces.push({ text: text.slice(end), marked: false })
  return pieces
}

/** The marked word that the caret is in or right behind, else the nearest one before it, else the first. */
export function misspellingNear(caret: number, misspellings: readonly Misspelling[]): Misspelling | null {
  return misspellings.findLast(({ start }) => start <= caret) ?? misspellings[0] ?? null
}
