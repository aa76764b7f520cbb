/** Puts a finished workspace into resources/ as a template: no place of this machine, no leftovers, as small as it goes. */
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { closeDatabase, openDatabase } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { makeTemplate } from '#engine/workspace/storage/relocate.ts'

const shipped = ['images', 'models', 'captions.json', 'instances.json']

export async function shipWorkspace(folder: string, template: string): Promise<void> {
  await rm(template, { recursive: true, force: true })
  await mkdir(template, { recursive: true })
  for (const name of shipped) await cp(join(folder, name), join(template, name), { recursive: true })
  const database = await openDatabase(folder, false)
  try {
    makeTemplate(database, folder)
    // A newcomer's first undo takes back something of their own.
    database.exec('DELETE FROM action')
    database.prepare('VACUUM INTO ?').run(workspaceLayout(template).database)
  } finally {
    closeDatabase(database)
  }
}
