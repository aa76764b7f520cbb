import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connect, openDatabase } from '#engine/workspace/storage/database.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const correct = (workspace: TestWorkspace, imageId: number, text: string): Promise<unknown> =>
  workspace.call('review.decide', {
    imageId,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'correct', candidateId: null, text, errorTypes: [], rating: null },
  })

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
      workspace.call('review.saveDraft', { imageId: 3, slot: 0, expectedRevision: 0, candidateId: null, text: 'a c' }),
      workspace.call('review.decideMany', { imageIds: [2, 3], decision: 'skip' }),
      workspace.call('guidelines.save', { text: 'Be brief.', expectedVersion: 0 }),
    ]
    for (const outcome of await Promise.allSettled(saves)) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'displaced' } })

    const elsewhere = join(temporaryFolder(), 'rescued')
    await workspace.call('workspace.saveElsewhere', { folder: elsewhere })
    const rescued = await testWorkspace(elsewhere)
    expect((await rescued.call('images.get', { imageId: 1 })).captions[0]).toMatchObject({ state: 'corrected', text: 'a dog on the beach' })
    await correct(rescued, 2, 'a cat on a mat')
  })

  test('closing is refused while something would be lost, and not once it is saved elsewhere', async () => {
    const workspace = await testWorkspace()
    workspace.service.requireKept()
    rmSync(workspace.folder, { recursive: true })
    expect(() => workspace.service.requireKept()).toThrow(expect.objectContaining({ code: 'displaced' }))
    await workspace.call('workspace.saveElsewhere', { folder: join(temporaryFolder(), 'rescued') })
    workspace.service.requireKept()
  })

  test('what is left of the folder comes along: models, checkpoints, experiments and backups', async () => {
    const workspace = await testWorkspace()
    const { database, models, training, backups } = workspaceLayout(workspace.folder)
    for (const file of [join(models, 'tuned', 'manifest.json'), join(training, '7', 'step-00000001.safetensors'), join(backups, 'workspace-2026-01-01.db')]) {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, 'kept')
    }
    rmSync(database)
    const elsewhere = join(temporaryFolder(), 'rescued')
    const saved = await workspace.call('workspace.saveElsewhere', { folder: elsewhere })
    expect(saved.carried).toEqual(['models', 'training', 'backups'])
    for (const name of ['models/tuned/manifest.json', 'training/7/step-00000001.safetensors', 'backups/workspace-2026-01-01.db'])
      expect(readFileSync(join(elsewhere, name), 'utf8')).toBe('kept')
    expect(readdirSync(dirname(elsewhere))).toEqual(['rescued'])
    writeFileSync(join(workspace.folder, 'note.txt'), 'mine')
    await expect(workspace.call('workspace.saveElsewhere', { folder: workspace.folder })).rejects.toMatchObject({ code: 'conflict' })
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
