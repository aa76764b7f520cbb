import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { backUpOfDay } from '#engine/workspace/backups.ts'
import { closeDatabase, connect, openDatabase } from '#engine/workspace/database.ts'
import { workspaceLayout } from '#engine/workspace/layout.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { testWorkspace } from '../../../support/workspace.ts'

const day = (number: number): Date => new Date(Date.UTC(2026, 0, number, 12))

async function smallDatabase() {
  const folder = temporaryFolder()
  const database = await openDatabase(folder, true)
  database.prepare("INSERT INTO property (name, value) VALUES ('name', 'Snow')").run()
  return { database, backups: workspaceLayout(folder).backups }
}

test('a day’s copy is a whole database with what was written', async () => {
  const { database, backups } = await smallDatabase()
  const file = await backUpOfDay(database, backups, day(1))
  expect(file).toBe(join(backups, 'workspace-2026-01-01.db'))
  closeDatabase(database)
  const copy = connect(file ?? '', { readonly: true })
  expect(copy.pragma('integrity_check', { simple: true })).toBe('ok')
  expect(copy.prepare("SELECT value FROM property WHERE name = 'name'").pluck().get()).toBe('Snow')
  copy.close()
})

test('one copy a day, the newest three days, and those of migrations, stay', async () => {
  const { database, backups } = await smallDatabase()
  mkdirSync(backups, { recursive: true })
  writeFileSync(join(backups, 'workspace-schema-1-2025-12-01T00-00-00.000Z.db'), 'of a migration')
  writeFileSync(join(backups, 'workspace-2025-12-31.db.partial'), 'left by a crash')
  for (let number = 1; number <= 5; number++) expect(await backUpOfDay(database, backups, day(number))).toBeDefined()
  expect(await backUpOfDay(database, backups, day(5))).toBeUndefined()
  closeDatabase(database)
  expect(readdirSync(backups).sort()).toEqual([
    'workspace-2026-01-03.db',
    'workspace-2026-01-04.db',
    'workspace-2026-01-05.db',
    'workspace-schema-1-2025-12-01T00-00-00.000Z.db',
  ])
})

test('a workspace that is closed meanwhile leaves no half copy', async () => {
  const { database, backups } = await smallDatabase()
  const copying = backUpOfDay(database, backups, day(1))
  closeDatabase(database)
  expect(await copying).toBeUndefined()
  expect(existsSync(backups) ? readdirSync(backups) : []).toEqual([])
})

test('where no copy can be made the older ones stay and nothing is thrown', async () => {
  const { database, backups } = await smallDatabase()
  await backUpOfDay(database, backups, day(1))
  vi.spyOn(database, 'backup').mockRejectedValue(new Error('database or disk is full'))
  expect(await backUpOfDay(database, backups, day(2))).toBeUndefined()
  closeDatabase(database)
  expect(readdirSync(backups)).toEqual(['workspace-2026-01-01.db'])
})

test('opening a workspace after a crash copies what was found sound', async () => {
  const workspace = await testWorkspace()
  const { backups, database } = workspaceLayout(workspace.folder)
  workspace.service.close()
  writeFileSync(`${database}-checked`, 'not a note: as after a crash')
  const reopened = await testWorkspace(workspace.folder)
  await expect.poll(() => (existsSync(backups) ? readdirSync(backups).filter((name) => name.endsWith('.db')) : [])).toHaveLength(1)
  expect(reopened.service.info().images).toBe(0)
})
