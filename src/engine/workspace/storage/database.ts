/** Opens the dataset: one writing connection in the workspace process (or the CLI), any number of read-only ones beside it. */
import DatabaseConstructor from 'better-sqlite3'
import { AppError } from '#shared/errors.ts'
import { newestBackup } from './backups.ts'
import { lastCheck, noteCheck } from './last-check.ts'
import { workspaceLayout } from './layout.ts'
import { makeFolder } from './make-folder.ts'
import { migrate } from './migrate.ts'
import { isInPlace, notePlace, refuseDatabase, requireDatabase } from './presence.ts'
import { noteSlowQueries } from './slow-queries.ts'

export type Database = DatabaseConstructor.Database

let timesStatements = false
const cacheSize = 'cache_size = -65536' // 64 MiB: the indices of 120,000 images stay in memory
const readerCacheSize = 'cache_size = -16384' // 16 MiB: a job goes through once

/** When each writing connection's database was last checked whole. */
const checkTimes = new WeakMap<Database, number>()
/** The writing connections whose database was checked as they were opened. */
const checkedNow = new WeakSet<Database>()

/** Opens the workspace's database for writing, checks it where that is due and brings its schema up to date. `create` makes a new one, refusing to touch an old. */
export async function openDatabase(folder: string, create: boolean): Promise<Database> {
  const layout = workspaceLayout(folder)
  if (create) {
    refuseDatabase(folder)
    makeFolder(folder)
  } else requireDatabase(folder)
  const database = connect(layout.database, { fileMustExist: !create })
  try {
    if (!create) requireSchema(database, folder)
    let checkedAt = lastCheck(layout.database, Date.now())
    if (checkedAt === undefined) {
      checkIntegrity(database, folder)
      checkedAt = Date.now()
      checkedNow.add(database)
    }
    checkTimes.set(database, checkedAt)
    database.pragma(cacheSize)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    await migrate(database, layout)
    notePlace(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Was the database checked whole as this connection was opened, rather than found as a checked one was left? */
export function wasCheckedAtOpening(database: Database): boolean {
  return checkedNow.has(database)
}

/** Makes the check due at the next opening, whenever that is. */
export function checkAgainNextTime(database: Database): void {
  checkTimes.delete(database)
}

/** Work that goes through many pages once, as a large import does, with a cache that it does not fill with 64 MB of them. */
export function withSmallCache(database: Database, work: () => void): void {
  database.pragma(readerCacheSize)
  try {
    work()
  } finally {
    database.pragma(cacheSize)
  }
}

/** A connection for a worker process: it reads what is committed and cannot write. */
export function openReadOnly(folder: string): Database {
  requireDatabase(folder)
  const database = connect(workspaceLayout(folder).database, { fileMustExist: true, readonly: true })
  database.pragma(readerCacheSize)
  return database
}

/** Lets SQLite refresh its statistics, folds the log into the file, and closes. */
export function closeDatabase(database: Database): void {
  if (!database.open) return
  if (!database.readonly) {
    database.pragma('optimize')
    database.pragma('wal_checkpoint(TRUNCATE)')
  }
  const { name, readonly } = database
  const checkedAt = isInPlace(database) ? checkTimes.get(database) : undefined
  database.close()
  if (!readonly && checkedAt !== undefined) noteCheck(name, checkedAt)
}

/** Throws AppError 'corrupt' where SQLite's own check finds damage. */
export function checkIntegrity(database: Database, folder: string): void {
  let verdict: unknown
  try {
    verdict = database.pragma('quick_check(1)', { simple: true })
  } catch (cause) {
    throw damaged(folder, cause)
  }
  if (verdict !== 'ok') throw damaged(folder, new Error(String(verdict)))
}

/** A file of 0 bytes and another program's database are sound to SQLite. Looks before anything is written. */
function requireSchema(database: Database, folder: string): void {
  let tables: unknown[]
  try {
    tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all()
  } catch (cause) {
    throw damaged(folder, cause)
  }
  const version = Number(database.pragma('user_version', { simple: true }))
  if (version > 0 && requiredTables.every((name) => tables.includes(name))) return
  throw unusable(folder, tables.length === 0 ? `The database of the workspace ${folder} is empty.` : `The database in ${folder} is not a workspace of Capstan.`)
}

/** Since the first schema. */
const requiredTables = ['property', 'image', 'caption', 'review', 'model', 'job']

function damaged(folder: string, cause: unknown): AppError {
  return unusable(folder, `The database of the workspace ${folder} is damaged.`, cause)
}

function unusable(folder: string, happened: string, cause?: unknown): AppError {
  const backup = newestBackup(workspaceLayout(folder).backups)
  return new AppError('corrupt', happened, {
    kept: 'It was not changed.',
    todo:
      backup === undefined
        ? 'Restore a backup of your own over workspace.db.'
        : // A log left beside it would be written into the copy.
          `Delete workspace.db-wal where there is one and copy backups/${backup}, the newest backup, over workspace.db, or restore a backup of your own.`,
    cause,
  })
}

/** A bare connection: waits ten seconds for locks unless told, and loads the binding that the environment names. */
export function connect(file: string, options: DatabaseConstructor.Options): Database {
  const nativeBinding = process.env['CAPSTAN_SQLITE_BINDING']
  const binding = nativeBinding ? { nativeBinding } : {}
  if (!timesStatements) {
    // A file that is damaged or locked prepares no statement.
    const memory = new DatabaseConstructor(':memory:', binding)
    noteSlowQueries(memory)
    memory.close()
    timesStatements = true
  }
  return new DatabaseConstructor(file, { timeout: 10_000, ...options, ...binding })
}

const preparedStatements = new WeakMap<Database, Map<string, DatabaseConstructor.Statement>>()

/** A statement prepared once a connection: for what runs once an image in bulk changes, where preparing would cost more than running. */
export function prepared<Parameters extends unknown[], Row = unknown>(database: Database, sql: string): DatabaseConstructor.Statement<Parameters, Row> {
  const statements = preparedStatements.get(database) ?? new Map<string, DatabaseConstructor.Statement>()
  preparedStatements.set(database, statements)
  const statement = statements.get(sql) ?? database.prepare(sql)
  statements.set(sql, statement)
  // What a statement takes and gives is its SQL's business; the caller writes both side by side.
  return statement as DatabaseConstructor.Statement<Parameters, Row>
}
