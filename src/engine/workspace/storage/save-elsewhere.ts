/** The way out where the folder of an open workspace is gone: its connection still holds all of it. */
import type { Database } from 'better-sqlite3'
import { backUp } from './backups.ts'
import { workspaceLayout } from './layout.ts'
import { makeFolder } from './make-folder.ts'
import { refuseDatabase } from './presence.ts'
import { basename } from 'node:path'

/** Copies the database to a folder. @throws AppError `conflict` where a workspace is there already */
export async function saveElsewhere(database: Database, folder: string): Promise<void> {
  refuseDatabase(folder)
  makeFolder(folder)
  await backUp(database, folder, basename(workspaceLayout(folder).database))
}
