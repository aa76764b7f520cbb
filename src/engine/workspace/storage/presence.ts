/** Whether a folder holds a workspace: asked before anything is closed or opened, and again where it is. */
import { existsSync, statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import { AppError } from '#shared/errors.ts'
import { workspaceLayout } from './layout.ts'

/** @throws AppError `not-found` where the folder holds no workspace */
export function requireDatabase(folder: string): void {
  if (existsSync(workspaceLayout(folder).database)) return
  throw new AppError('not-found', `There is no workspace in ${folder}.`, { todo: 'Choose a workspace folder, or create a new workspace.' })
}

/** @throws AppError `conflict` where the folder holds a workspace already */
export function refuseDatabase(folder: string): void {
  if (!existsSync(workspaceLayout(folder).database)) return
  throw new AppError('conflict', `There is already a workspace in ${folder}.`, { kept: 'It was not changed.', todo: 'Open it, or choose another folder.' })
}

interface FileIdentity {
  device: bigint
  inode: bigint
}

/** The files that a writing connection has open: the database, and its log once there is one. */
const openedFiles = new WeakMap<Database, { database: FileIdentity; log: FileIdentity | undefined }>()

/** Remembers which file a connection has open. */
export function notePlace(database: Database): void {
  const identity = identityOf(database.name)
  if (identity !== undefined) openedFiles.set(database, { database: identity, log: identityOf(`${database.name}-wal`) })
}

/** Is the file at the path still the one that is open, and its log, too? */
export function isInPlace(database: Database): boolean {
  const opened = openedFiles.get(database)
  if (opened === undefined) return true
  const log = identityOf(`${database.name}-wal`)
  const same = (one: FileIdentity | undefined, other: FileIdentity): boolean => one?.device === other.device && one.inode === other.inode
  if (!same(identityOf(database.name), opened.database) || (opened.log !== undefined && !same(log, opened.log))) return false
  opened.log ??= log
  return true
}

/**
 * Two looks at the file system, at each commit: SQLite itself goes on writing into a file that was deleted, moved or replaced.
 * @throws AppError `displaced`
 */
export function requireInPlace(database: Database, folder: string): void {
  if (isInPlace(database)) return
  throw new AppError('displaced', `The workspace is no longer at ${folder}: its folder was moved or deleted, or its database replaced, while it was open.`, {
    kept: 'All of it can still be saved elsewhere while it is open; this last change was not made.',
    todo: 'Put the folder back, or save the workspace elsewhere.',
  })
}

function identityOf(path: string): FileIdentity | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : { device: found.dev, inode: found.ino }
}
