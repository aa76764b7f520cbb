/** Words that are never marked: those of the references and the project's own. */
import { foldWord, placedWords } from '#engine/writing/words.ts'
import { projectWords } from '../repositories/project-words.ts'
import { inSlices } from '../slices.ts'
import type { Database } from '../storage/database.ts'

const step = 200 // texts

/** Reads all references once, in short slices. */
export async function readKnownWords(database: Database): Promise<Set<string>> {
  return inSlices(collect(database))
}

function* collect(database: Database): Generator<void, Set<string>> {
  const known = new Set(projectWords(database))
  const page = database.prepare<[number, number], { id: number; text: string }>(
    'SELECT id, text FROM reference WHERE id > ? AND standing = 1 ORDER BY id LIMIT ?',
  )
  for (let last = 0; ;) {
    const rows = page.all(last, step)
    for (const { text } of rows) for (const { word } of placedWords(text)) known.add(foldWord(word))
    if (rows.length < step) return known
    last = rows[rows.length - 1].id
    yield
  }
}
