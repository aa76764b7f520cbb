import { expect, test } from 'vitest'
import { connect } from '#engine/workspace/storage/database.ts'
import { scanIds } from '#engine/workspace/storage/id-scans.ts'
import { importedImage, importImages, testWorkspace } from '../../../../support/workspace.ts'

const all = { sql: 'SELECT id FROM image ORDER BY id', values: [] }

test('a scan is remembered while nothing changes', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 3)
  const first = scanIds(workspace.reader, all)
  expect([...first]).toEqual([1, 2, 3])
  expect(scanIds(workspace.reader, all)).toBe(first)
  expect([...scanIds(workspace.reader, { sql: 'SELECT id FROM image WHERE id > ?', values: [1] })]).toEqual([2, 3])
  expect([...scanIds(workspace.reader, { sql: 'SELECT id FROM image WHERE id > ?', values: [2] })]).toEqual([3])
})

test('a change over another connection is seen, and so is one over the same', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 2)
  expect([...scanIds(workspace.reader, all)]).toEqual([1, 2])
  await importImages(workspace, [importedImage(`${workspace.folder}/photos`, 3)])
  expect([...scanIds(workspace.reader, all)]).toEqual([1, 2, 3])
  const skipped = (): Promise<number[]> => workspace.call('library.ids', { filter: { states: ['skipped'] }, sort: {} })
  expect(await skipped()).toEqual([])
  await workspace.call('review.decide', { imageId: 2, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })
  expect(await skipped()).toEqual([2])
  await workspace.call('review.undo')
  expect(await skipped()).toEqual([])
})

test('what is remembered stays below 64 MB, however many images there are', () => {
  const database = connect(':memory:', {})
  const scan = (first: number): Uint32Array =>
    scanIds(database, { sql: 'WITH RECURSIVE number (n) AS (SELECT ? UNION ALL SELECT n + 1 FROM number LIMIT 2000000) SELECT n FROM number', values: [first] })
  const answers = Array.from({ length: 10 }, (_, index) => scan(index)) // 8 MB each
  expect(scan(9)).toBe(answers[9])
  expect(scan(2)).toBe(answers[2])
  expect(scan(0)).not.toBe(answers[0])
  expect(scan(0)[1]).toBe(1)
  database.close()
})
