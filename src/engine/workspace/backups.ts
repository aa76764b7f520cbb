/**
 * Copies of the database in backups/. Migrations make one before they change anything; beside these the last few days on which the database was
 * checked whole and found sound are kept, one copy a day.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from './database.ts'

const daysKept = 3
const ofDay = /^workspace-\d{4}-\d{2}-\d{2}\.db$/
const unfinished = '.partial'

/**
 * Copies a database that was just found sound, unless the day has its copy, in portions between which it can be read and written. A copy counts
 * once it is whole. What fails (a full disk, a workspace closed meanwhile) leaves the older copies as they are and is tried at the next opening.
 * Returns the copy's path where one was made.
 */
export async function backUpOfDay(database: Database, folder: string, now: Date): Promise<string | undefined> {
  const name = `workspace-${now.toISOString().slice(0, 10)}.db`
  const file = join(folder, name)
  const partial = `${file}${unfinished}`
  try {
    await mkdir(folder, { recursive: true })
    const present = await readdir(folder)
    if (present.includes(name)) return undefined
    await Promise.all(present.filter((other) => other.endsWith(unfinished)).map((other) => rm(join(folder, other), { force: true })))
    await database.backup(partial)
    await rename(partial, file)
    const copies = (await readdir(folder)).filter((other) => ofDay.test(other)).sort()
    await Promise.all(copies.slice(0, -daysKept).map((old) => rm(join(folder, old), { force: true })))
    return file
  } catch {
    await rm(partial, { force: true }).catch(() => undefined)
    return undefined
  }
}
