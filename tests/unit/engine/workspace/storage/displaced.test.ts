import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connect, openDatabase } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const correct = (workspace: TestWorkspace, imageId: number, text: string): Promise<unknown> =>
  workspace.call('review.decide', { imageId, expectedRevision: 0, decision: { kind: 'correct', candidateId: null, text, errorTypes: [], rating: null } })

describe('a workspace whose files are taken away while it is open', () => {
  const ways: Record<string, (folder: string) => void> = {
    'the folder is deleted': (folder) => rmSync(folder, { recursive: true }),
    'the folder is moved': (folder) => renameSync(folder, `${folder}-elsewhere`),
    'the database is replaced by a copy': (folder) => {
      const { database } = workspaceLayout(folder)
      copyFileSync(database, `${database}.copy`)
      renameSync(`${database}.copy`, database)
    },
    'the log is deleted': (folder) => rmSync(`${workspaceLayout(folder).database}-wal`),
  }
  test.each(Object.entries(ways))('refuses the first save after it and saves all of it elsewhere: %s', async (_name, takeAway) => {
    const workspace = await testWorkspace()
    await importImages(workspace, 3)
    await correct(workspace, 1, 'a dog on the beach')
    takeAway(workspace.folder)
    const saves = [
      correct(workspace, 2, 'a cat on a mat'),
      workspace.call('review.saveDraft', { imageId: 3, expectedRevision: 0, candidateId: null, text: 'a c' }),
      workspace.call('review.decideMany', { imageIds: [2, 3], decision: 'skip' }),
      workspace.call('guidelines.save', { text: 'Be brief.', expectedVersion: 0 }),
    ]
    for (const outcome of await Promise.allSettled(saves)) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'displaced' } })

    const elsewhere = join(temporaryFolder(), 'rescued')
    await workspace.call('workspace.saveElsewhere', { folder: elsewhere })
    const rescued = await testWorkspace(elsewhere)
    expect((await rescued.call('images.get', { imageId: 1 })).review).toMatchObject({ state: 'corrected', text: 'a dog on the beach' })
    await correct(rescued, 2, 'a cat on a mat')
  })

  test('a folder that came back is as before', async () => {
    const workspace = await testWorkspace()
    await importImages(workspace, 1)
    renameSync(workspace.folder, `${workspace.folder}-elsewhere`)
    await expect(correct(workspace, 1, 'a dog')).rejects.toMatchObject({ code: 'displaced' })
    renameSync(`${workspace.folder}-elsewhere`, workspace.folder)
    await correct(workspace, 1, 'a dog')
  })
})

describe('a database that holds no workspace', () => {
  const contents: Record<string, (file: string) => void> = {
    'an empty file': (file) => writeFileSync(file, ''),
    'another program’s tables': (file) => {
      const other = connect(file, {})
      other.exec('CREATE TABLE bookmark (id INTEGER PRIMARY KEY, title TEXT)')
      other.close()
    },
    'another program’s tables and version': (file) => {
      const other = connect(file, {})
      other.exec('CREATE TABLE bookmark (id INTEGER PRIMARY KEY, title TEXT); PRAGMA user_version = 4')
      other.close()
    },
  }
  test.each(Object.entries(contents))('is refused with the newest backup named, and not touched: %s', async (_name, fill) => {
    const folder = temporaryFolder()
    const { database, backups } = workspaceLayout(folder)
    fill(database)
    mkdirSync(backups)
    writeFileSync(join(backups, 'workspace-2026-11-20.db'), 'good')
    const refused = expect(openDatabase(folder, false)).rejects
    await refused.toMatchObject({ code: 'corrupt', todo: expect.stringContaining('workspace-2026-11-20.db') as unknown })
    expect(existsSync(`${database}-wal`)).toBe(false)
  })
})
