/** Words that are never marked: those of the references and the project's own. */
import { foldWord, placedWords } from '#engine/writing/words.ts'
import { projectWords } from '../repositories/project-words.ts'
import { inSlices } from '../slices.ts'
import type { Database } from '../storage/database.ts'

const step = 200 // texts
const mostRemembered = 200_000 // pieces; texts without spaces are pieces by themselves

/** Reads all references once, in short slices. */
export async function readKnownWords(database: Database): Promise<Set<string>> {
  return inSlices(collect(database))
}

function* collect(database: Database): Generator<void, Set<string>> {
  const known = new Set(projectWords(database))
  const page = database.prepare<[number, number], { id: number; text: string }>(
    'SELECT id, text FROM reference WHERE id > ? AND standing = 1 ORDER BY id LIMIT ?',
  )
  /** Texts repeat their words, and no word spans a space: each piece is taken apart once. */
  const seen = new Set<string>()
  function addWords(text: string): void {
    for (const piece of text.split(' ')) {
      if (seen.has(piece)) continue
      if (seen.size >= mostRemembered) seen.clear()
      seen.add(piece)
      for (const { word } of placedWords(piece)) known.add(foldWord(word))
    }
  }
  for (let last = 0; ;) {
    const rows = page.all(last, step)
    for (const { text } of rows) addWords(text)
    if (rows.length < step) return known
    last = rows[rows.length - 1].id
    yield
  }
}
