import { expect, test } from 'vitest'
import { scanIds } from '#engine/workspace/storage/id-scans.ts'
import { importedImage, importImages, testWorkspace } from '../../../../support/workspace.ts'

const all = { sql: 'SELECT id FROM image ORDER BY id', values: [] }

test('a scan is remembered while nothing changes', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 3)
  const first = scanIds(workspace.reader, all)
  expect(first).toEqual([1, 2, 3])
  expect(scanIds(workspace.reader, all)).toBe(first)
  expect(scanIds(workspace.reader, { sql: 'SELECT id FROM image WHERE id > ?', values: [1] })).toEqual([2, 3])
  expect(scanIds(workspace.reader, { sql: 'SELECT id FROM image WHERE id > ?', values: [2] })).toEqual([3])
})

test('a change over another connection is seen, and so is one over the same', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 2)
  expect(scanIds(workspace.reader, all)).toEqual([1, 2])
  await importImages(workspace, [importedImage(`${workspace.folder}/photos`, 3)])
  expect(scanIds(workspace.reader, all)).toEqual([1, 2, 3])
  const skipped = (): Promise<number[]> => workspace.call('library.ids', { filter: { states: ['skipped'] }, sort: {} })
  expect(await skipped()).toEqual([])
  await workspace.call('review.decide', { imageId: 2, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })
  expect(await skipped()).toEqual([2])
  await workspace.call('review.undo')
  expect(await skipped()).toEqual([])
})
