/** The sample workspace: it ships as a template, and a person plays with a copy of it. */
import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { placeFolder } from '#engine/files/write-whole.ts'
import { AppError } from '#shared/errors.ts'
import { closeDatabase, openDatabase } from './storage/database.ts'
import { workspaceLayout } from './storage/layout.ts'
import { settleTemplate } from './storage/relocate.ts'

/**
 * Copies a template to a folder that holds no workspace yet, whole or not at all.
 * @throws AppError `not-found` without the template; `conflict` where there is a workspace
 */
export async function copyTemplate(template: string, folder: string): Promise<void> {
  if (!existsSync(workspaceLayout(template).database)) {
    throw new AppError('not-found', 'The sample workspace is not part of this installation.', { todo: 'Import a folder of your own photos instead.' })
  }
  if (existsSync(workspaceLayout(folder).database)) {
    throw new AppError('conflict', `There is already a workspace in ${folder}.`, { kept: 'It was not changed.', todo: 'Open it.' })
  }
  await placeFolder(
    folder,
    async (partial) => {
      await cp(template, partial, { recursive: true })
      const database = await openDatabase(partial, false)
      try {
        settleTemplate(database, folder)
      } finally {
        closeDatabase(database)
      }
    },
    { replace: false },
  )
}

/** The folder of the newest copy below `home`, or with `fresh` the next one that is free. */
export function sampleFolder(home: string, fresh: boolean): string {
  const numbered = (number: number): string => join(home, number === 1 ? 'sample' : `sample-${number}`)
  let next = 1
  while (existsSync(numbered(next))) next += 1
  return numbered(fresh || next === 1 ? next : next - 1)
}

/** Is it a copy that `sampleFolder` named? */
export function isSampleFolder(home: string, folder: string): boolean {
  return dirname(folder) === home && /^sample(?:-\d+)?$/.test(basename(folder))
}
