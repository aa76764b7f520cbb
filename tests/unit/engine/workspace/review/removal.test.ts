import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { captionImages, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

/** Six captioned images: 1 untouched, 2 skipped, 3 corrected and reopened, 4 with a draft, 5 in a snapshot, 6 untouched. */
async function workedOn(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  await importImages(workspace, 6)
  await captionImages(workspace, [1, 2, 3, 4, 5, 6])
  const { call } = workspace
  await call('review.decide', {
    imageId: 5,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'accept', candidateId: (await call('images.get', { imageId: 5 })).candidates[0].id, rating: null },
  })
  await call('snapshots.create', { name: 'frozen', heldOut: 0 })
  await call('review.undo')
  await call('review.decide', {
    imageId: 3,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'correct', candidateId: null, text: 'a better text', errorTypes: [], rating: null },
  })
  await call('review.undo')
  await call('review.saveDraft', { imageId: 4, slot: 0, expectedRevision: 0, candidateId: null, text: 'half a' })
  await call('review.decide', { imageId: 2, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })
  return workspace
}

const remaining = async ({ call }: TestWorkspace): Promise<number[]> => call('library.ids', { filter: {}, sort: {} })

test('what nobody worked on goes, with all that was computed of it; the rest stays', async () => {
  const workspace = await workedOn()
  const { reader, folder, call } = workspace
  const free = [1, 2, 6]
  expect(await call('images.remove', { imageIds: [1, 2, 3, 4, 5, 6] })).toEqual({ removed: 3, kept: 3 })
  expect(await remaining(workspace)).toEqual([3, 4, 5])
  for (const table of ['review', 'caption', 'reference', 'score', 'action_change'])
    for (const id of free) expect(reader.prepare(`SELECT count(*) FROM ${table} WHERE image_id = ?`).pluck().get(id)).toBe(0)
  expect(reader.pragma('foreign_key_check')).toEqual([])
  expect(existsSync(join(folder, 'photos', 'image1.jpg'))).toBe(true)
  expect((await call('images.get', { imageId: 3 })).corrections).toHaveLength(1)
})

test('an image that comes back by another import is a new one', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 2)
  expect(await workspace.call('images.remove', { imageIds: [2] })).toEqual({ removed: 1, kept: 0 })
  await importImages(workspace, 2)
  expect(await remaining(workspace)).toEqual([1, 3])
})

test('undo goes on with what is left, and nothing of the removed comes back', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 3)
  await workspace.call('review.decideMany', { imageIds: [1, 2], decision: 'skip' })
  await workspace.call('review.decide', { imageId: 3, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })
  await workspace.call('images.remove', { imageIds: [2, 3] })
  expect(await workspace.call('review.undo')).toMatchObject({ imageIds: [1] })
  expect(await workspace.call('review.undo')).toBeNull()
  expect(await remaining(workspace)).toEqual([1])
})

test('while a job is under way nothing is removed', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 1)
  workspace.service.jobs.enqueue('Embed', { kind: 'embed', encoderId: 'any' })
  await expect(workspace.call('images.remove', { imageIds: [1] })).rejects.toMatchObject({ code: 'conflict' })
  expect(await remaining(workspace)).toEqual([1])
})

test('a folder whose images are all gone is read no more', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 2)
  await workspace.call('images.remove', { imageIds: [1, 2] })
  expect(workspace.reader.prepare('SELECT count(*) FROM image_root').pluck().get()).toBe(0)
})
