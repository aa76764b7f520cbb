/** The way out where the folder of an open workspace is gone: its connection still holds all of the database, and what is left of the folder comes along. */
import { existsSync } from 'node:fs'
import { cp, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { placeFolder } from '#engine/files/write-whole.ts'
import { AppError } from '#shared/errors.ts'
import { backUp } from './backups.ts'
import { workspaceLayout, type WorkspaceLayout } from './layout.ts'
import { makeFolder } from './make-folder.ts'
import { refuseDatabase } from './presence.ts'

/** Beside the database, what only training or a person could make again. Features and thumbnails are made again by themselves. */
const carried = ['models', 'training', 'experiments', 'backups'] as const satisfies (keyof WorkspaceLayout)[]

export interface SavedElsewhere {
  folder: string
  /** Parts of the workspace beside its database that were still there and are there now, too. */
  carried: string[]
}

/**
 * Writes the database, and what else is left of the workspace, to a folder of its own: whole or not at all.
 * @throws AppError `conflict` where something is there already
 */
export async function saveElsewhere(database: Database, from: WorkspaceLayout, folder: string): Promise<SavedElsewhere> {
  refuseDatabase(folder)
  if (existsSync(folder) && (await readdir(folder)).length > 0)
    throw new AppError('conflict', `There is something in ${folder} already.`, { kept: 'It was not changed.', todo: 'Choose the name of a new folder.' })
  makeFolder(dirname(folder))
  const left = carried.filter((name) => existsSync(from[name]))
  await placeFolder(
    folder,
    async (partial) => {
      await backUp(database, partial, basename(workspaceLayout(partial).database))
      for (const name of left) await cp(from[name], join(partial, name), { recursive: true })
    },
    { replace: false },
  )
  return { folder, carried: left }
}
