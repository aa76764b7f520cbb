/** What the team agreed on for its captions: Markdown, every version kept. */
import type { Guidelines } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import type { Database } from '../storage/database.ts'

const columns = 'version, text, author, created_at AS createdAt'

/** The guidelines in force; version 0 without text before any were written. */
export function currentGuidelines(database: Database): Guidelines {
  const row = database.prepare<[], Guidelines>(`SELECT ${columns} FROM guidelines ORDER BY version DESC LIMIT 1`).get()
  return row ?? { version: 0, text: '', author: '', createdAt: null }
}

/** All versions, newest first. */
export function guidelinesHistory(database: Database): Guidelines[] {
  return database.prepare<[], Guidelines>(`SELECT ${columns} FROM guidelines ORDER BY version DESC`).all()
}

/**
 * Writes a new version on top of the one that was edited; the same text again makes none.
 * @throws AppError `conflict` where a newer version was written meanwhile
 */
export function saveGuidelines(database: Database, edited: { text: string; expectedVersion: number }, author: string, time: string): Guidelines {
  const work = database.transaction(() => {
    const current = currentGuidelines(database)
    if (current.version !== edited.expectedVersion) {
      throw new AppError('conflict', 'The guidelines were changed meanwhile.', {
        kept: 'Both texts: the newer version stands, and yours is still in the editor.',
        todo: 'Copy what you want to keep, cancel, and edit the newer version.',
      })
    }
    if (current.text === edited.text) return current
    database.prepare('INSERT INTO guidelines (text, author, created_at) VALUES (?, ?, ?)').run(edited.text, author, time)
    return currentGuidelines(database)
  })
  return work.immediate()
}
