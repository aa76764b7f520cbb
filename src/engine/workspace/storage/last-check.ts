/**
 * When a database was last checked whole. The check reads every page, seconds for a large workspace; it may wait for a while where the file is, to
 * the nanosecond, as an orderly end left it. After a crash, a copy or any other change, and once a day, it is due.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const longest = 24 * 60 * 60 * 1000 // milliseconds

const noteSchema = z.object({ size: z.string(), modified: z.string(), checkedAt: z.number() })

/** The time of the last check (milliseconds since 1970) where it still counts for the file as it is; else undefined. */
export function lastCheck(databaseFile: string, now: number): number | undefined {
  try {
    const note = noteSchema.parse(JSON.parse(readFileSync(noteFile(databaseFile), 'utf8')))
    const { size, modified } = stateOf(databaseFile)
    const leftBehind = statSync(`${databaseFile}-wal`, { throwIfNoEntry: false })?.size ?? 0
    const age = now - note.checkedAt
    return leftBehind === 0 && note.size === size && note.modified === modified && age >= 0 && age < longest ? note.checkedAt : undefined
  } catch {
    return undefined // no note, or none that can be read
  }
}

/** Notes, at an orderly end, how the file is now and when it was checked. Where the note cannot be written the next opening checks. */
export function noteCheck(databaseFile: string, checkedAt: number): void {
  try {
    writeFileSync(noteFile(databaseFile), JSON.stringify({ ...stateOf(databaseFile), checkedAt }))
  } catch {
    // a full or read-only disk: only speed is lost
  }
}

function stateOf(databaseFile: string): { size: string; modified: string } {
  const { size, mtimeNs } = statSync(databaseFile, { bigint: true })
  return { size: String(size), modified: String(mtimeNs) }
}

function noteFile(databaseFile: string): string {
  return `${databaseFile}-checked`
}
