import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { closeDatabase, openDatabase } from '#engine/workspace/storage/database.ts'
import { makeTemplate, settleTemplate } from '#engine/workspace/storage/relocate.ts'
import { copyTemplate, isSampleFolder, sampleFolder } from '#engine/workspace/sample.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { importImages, testWorkspace } from '../../../support/workspace.ts'

test('places move with a workspace that is copied, and come back as they were', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 3)
  const places = (): unknown[] => workspace.reader.prepare('SELECT path, root FROM image ORDER BY id').all()
  const before = places()
  workspace.service.close()
  const database = await openDatabase(workspace.folder, false)
  makeTemplate(database, workspace.folder)
  expect(JSON.stringify(places())).not.toContain(workspace.folder)
  settleTemplate(database, workspace.folder)
  expect(places()).toEqual(before)
  closeDatabase(database)
})

test('the newest copy of the sample is opened again; a fresh one lies beside it', () => {
  const home = temporaryFolder()
  expect(sampleFolder(home, false)).toBe(join(home, 'sample'))
  mkdirSync(join(home, 'sample'))
  expect(sampleFolder(home, false)).toBe(join(home, 'sample'))
  expect(sampleFolder(home, true)).toBe(join(home, 'sample-2'))
  mkdirSync(join(home, 'sample-2'))
  expect(sampleFolder(home, false)).toBe(join(home, 'sample-2'))
  expect(isSampleFolder(home, join(home, 'sample-2'))).toBe(true)
  expect(isSampleFolder(home, join(home, 'samples'))).toBe(false)
})

test('a copy is whole or not at all, and never over a workspace', async () => {
  const home = temporaryFolder()
  await expect(copyTemplate(join(home, 'nowhere'), join(home, 'copy'))).rejects.toMatchObject({ code: 'not-found' })
  expect(existsSync(join(home, 'copy'))).toBe(false)
  const workspace = await testWorkspace()
  await importImages(workspace, 3)
  workspace.service.close()
  const database = await openDatabase(workspace.folder, false)
  makeTemplate(database, workspace.folder)
  closeDatabase(database)
  await copyTemplate(workspace.folder, join(home, 'copy'))
  const copy = await testWorkspace(join(home, 'copy'))
  expect(copy.service.imagePlace(2).path).toBe(join(home, 'copy', 'photos', 'image2.jpg'))
  await expect(copyTemplate(workspace.folder, join(home, 'copy'))).rejects.toMatchObject({ code: 'conflict' })
})
