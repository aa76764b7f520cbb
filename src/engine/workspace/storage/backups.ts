/**
 * Copies of the database in the workspace's folder backups: one before each migration (migrate.ts), and one a day, made beside the work once the
 * database was checked whole, so that a backup is never of a database already damaged. Of the daily ones the newest few stay, and the largest.
 */
import { readdirSync, statSync } from 'node:fs'
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { removeLeftovers } from '#engine/files/leftovers.ts'
import { placeFile } from '#engine/files/write-whole.ts'
import { AppError } from '#shared/errors.ts'

const dailyKept = 5
const largestKept = 2
const dailyName = /^workspace-\d{4}-\d\d-\d\d\.db$/

/**
 * Copies the database to a file of the folder, a few pages at a time: between them the connection answers as ever, and what it writes meanwhile is in
 * the copy too. The copy has its name only once it is whole and on disk. Closing the connection ends the work with an error; no partial file is left.
 */
export async function backUp(database: Database, folder: string, name: string): Promise<void> {
  await placeFile(join(folder, name), (partial) => database.backup(partial))
}

/**
 * Makes the backup of a day (`2026-11-27`) where there is none; then the oldest daily ones go.
 * @throws AppError `disk-full` where the copy would take most of what is free, and what the file system or SQLite says
 */
export async function backUpDaily(database: Database, folder: string, day: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await removeLeftovers(folder)
  const name = `workspace-${day}.db`
  if ((await readdir(folder)).includes(name)) return
  await requireRoom(database.name, folder)
  await backUp(database, folder, name)
  for (const old of outdated(await dailyBackups(folder), name)) {
    // Whoever looked into one may have left its log.
    for (const end of ['', '-wal', '-shm']) await rm(join(folder, `${old}${end}`), { force: true })
  }
}

interface DailyBackup {
  name: string
  size: number
}

async function dailyBackups(folder: string): Promise<DailyBackup[]> {
  const names = (await readdir(folder)).filter((each) => dailyName.test(each)).sort()
  return Promise.all(names.map(async (name) => ({ name, size: (await stat(join(folder, name))).size })))
}

/**
 * Which daily backups may go now that `made` is there: the oldest, but never the largest, which a database that lost its contents must not push out.
 * While any is dated after today's the clock has jumped, and which one is old is not known: none goes.
 */
function outdated(daily: readonly DailyBackup[], made: string): string[] {
  if (daily.some(({ name }) => name > made)) return []
  const [old, recent] = [daily.slice(0, -dailyKept), daily.slice(-dailyKept)]
  const shrunkTo = Math.max(...recent.map(({ size }) => size))
  const larger = old.filter(({ size }) => size > shrunkTo).sort((one, other) => other.size - one.size)
  const kept = new Set(larger.slice(0, largestKept))
  return old.filter((each) => !kept.has(each)).map(({ name }) => name)
}

/** The work comes first: a backup leaves at least as much room as it takes. */
async function requireRoom(databaseFile: string, folder: string): Promise<void> {
  const { size } = await stat(databaseFile)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= 2 * size) return
  const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`
  throw new AppError('disk-full', `There is no room for today’s backup of the workspace: it takes ${megabytes(size)}, and ${megabytes(free)} are free.`, {
    kept: 'The workspace is as it was, and so are its backups of before.',
    todo: `Free some space on the disk of ${folder}.`,
  })
}

/** The name of the backup that was made last, daily or before a migration; undefined where there is none. */
export function newestBackup(folder: string): string | undefined {
  try {
    const made = readdirSync(folder)
      .filter((name) => name.endsWith('.db'))
      .map((name) => ({ name, time: statSync(join(folder, name)).mtimeMs }))
    return made.sort((one, other) => other.time - one.time)[0]?.name
  } catch {
    return undefined // no folder, or none that can be read
  }
}
