/** Words of a text as a writer sees them: letters of any script with their marks, apostrophes and hyphens inside. Numbers and signs are none. */

/** A word and where it begins, in UTF-16 units of its text. */
export interface PlacedWord {
  word: string
  start: number
}

const wordPattern = /[\p{L}\p{M}]+(?:['’\-‐][\p{L}\p{M}]+)*/gu
const digitBeside = /[\p{N}@_]/u

/** The words of a text in order. Parts of names and numbers (`3d`, `user@host`, `file_name`) are left out: no dictionary knows them. */
export function placedWords(text: string): PlacedWord[] {
  const words: PlacedWord[] = []
  for (const match of text.matchAll(wordPattern)) {
    const [word] = match
    const before = text[match.index - 1] ?? ''
    const after = text[match.index + word.length] ?? ''
    if (digitBeside.test(before) || digitBeside.test(after)) continue
    words.push({ word, start: match.index })
  }
  return words
}

/** The form in which words are compared: NFC, lower case, the typewriter's apostrophe and hyphen. */
export function foldWord(word: string): string {
  return word.normalize('NFC').toLowerCase().replaceAll('’', "'").replaceAll('‐', '-')
}
