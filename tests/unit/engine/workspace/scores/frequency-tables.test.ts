import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { buildDocumentFrequency, loadDocumentFrequency, saveDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

async function withReferences(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const texts = ['a dog runs', 'a cat sits', 'a dog sleeps']
  await importImages(
    workspace,
    texts.map((text, i) => importedImage(join(workspace.folder, 'photos'), i + 1, { references: [{ text, source: 'file' }] })),
  )
  return workspace
}

describe('the document frequencies of a workspace', () => {
  test('are counted over its references, and survive a file with their id', async () => {
    const { call, folder } = await withReferences()
    const own = await call('scores.table')
    expect(own).toMatchObject({ images: 3, source: 'workspace', countedOver: 'all' })
    await expect(call('scores.exportTable', { file: join(folder, 'workspace.db'), replace: true })).rejects.toMatchObject({ code: 'not-permitted' })
    const file = join(temporaryFolder(), 'table.json.gz')
    expect(await call('scores.exportTable', { file })).toEqual(own)
    expect((await loadDocumentFrequency(file)).id).toBe(own?.id)
  })

  test('of a file are used for new scores until the workspace’s own are wanted again', async () => {
    const workspace = await withReferences()
    const { call, folder } = workspace
    const own = await call('scores.table')
    const table = buildDocumentFrequency([[['a', 'dog']], [['two', 'dogs']], [['a', 'bird']], [['a', 'cow']]], 'ptb')
    const file = join(folder, 'other.json')
    await saveDocumentFrequency(table, file)
    const before = await call('scores.live', { imageId: 1, text: 'a dog runs fast' })
    expect(await call('scores.useTable', { file })).toEqual({ id: table.id, images: 4, source: 'file' })
    expect((await call('scores.live', { imageId: 1, text: 'a dog runs fast' }))?.CIDEr).not.toBe(before?.CIDEr)
    // Another import counts the workspace's own anew, but what the person chose stays in force.
    await importImages(workspace, [importedImage(join(folder, 'photos'), 9, { references: [{ text: 'a red bird', source: 'file' }] })])
    expect((await call('scores.table'))?.id).toBe(table.id)
    expect(await call('scores.useTable', { file: null })).toMatchObject({ images: 4, source: 'workspace' })
    expect((await call('scores.table'))?.id).not.toBe(own?.id)
  })

  test('are those of the train split where it has references, and the status says so', async () => {
    const workspace = await testWorkspace()
    const image = (id: number, split: 'train' | 'dev') =>
      importedImage(join(workspace.folder, 'photos'), id, { split, references: [{ text: `photo ${id}`, source: 'file' }] })
    await importImages(workspace, [image(1, 'train'), image(2, 'train'), image(3, 'train'), image(4, 'dev')])
    expect(await workspace.call('scores.table')).toMatchObject({ images: 3, source: 'workspace', countedOver: 'train' })
  })

  test('over other words, or from no table at all, are refused and change nothing', async () => {
    const { call, folder } = await withReferences()
    const own = await call('scores.table')
    const file = join(folder, 'plain.json')
    await saveDocumentFrequency(buildDocumentFrequency([[['a']]], 'simple'), file)
    await expect(call('scores.useTable', { file })).rejects.toThrow('another tokenizer, “simple”')
    await expect(call('scores.useTable', { file: join(folder, 'none.json') })).rejects.toMatchObject({ code: 'not-found' })
    expect(await call('scores.table')).toEqual(own)
  })
})
