/** The project's own dictionary: words that are never marked. */
import type { Database } from '../storage/database.ts'

/** All words of the project, in alphabetical order. */
export function projectWords(database: Database): string[] {
  return database.prepare<[], string>('SELECT word FROM project_word ORDER BY word').pluck().all()
}

/** Adds a word (in the form in which words are compared). Texts that were marked are looked at again. */
export function addProjectWord(database: Database, word: string, author: string, time: string): void {
  database
    .transaction(() => {
      database.prepare('INSERT INTO project_word (word, author, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING').run(word, author, time)
      database.prepare('UPDATE review SET unknown_words = NULL WHERE unknown_words = 1').run()
    })
    .immediate()
}

/** Takes a word out again. Every text is looked at again. */
export function removeProjectWord(database: Database, word: string): void {
  database
    .transaction(() => {
      database.prepare('DELETE FROM project_word WHERE word = ?').run(word)
      database.prepare('UPDATE review SET unknown_words = NULL WHERE unknown_words = 0').run()
    })
    .immediate()
}
