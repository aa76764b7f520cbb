import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ImageDetail } from '#shared/domain.ts'
import type { ReplacedPhoto } from '#shared/jobs.ts'
import { heldOutCorrections, snapshotContents } from '#engine/workspace/repositories/snapshots.ts'
import { judgedImages } from '#engine/workspace/scores/image-sets.ts'
import { captionImages, importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const replaced = (imageId: number, contentHash = `other-${imageId}`): ReplacedPhoto => ({ imageId, contentHash, width: 300, height: 200 })
const detail = ({ call }: TestWorkspace, imageId: number): Promise<ImageDetail> => call('images.get', { imageId })

/** Three captioned images with references: 1 of dev, corrected and frozen (held out), 2 accepted and with a box, 3 untouched. */
async function workedOn(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  await importImages(
    workspace,
    [1, 2, 3].map((number) =>
      importedImage(root, number, { split: number === 1 ? 'dev' : 'train', references: [{ text: `reference ${number}`, source: 'coco' }] }),
    ),
  )
  await captionImages(workspace, [1, 2, 3])
  const { call } = workspace
  await call('regions.add', { imageId: 2, left: 0.1, top: 0.1, width: 0.2, height: 0.2, label: 'dog' })
  const candidates = (await detail(workspace, 1)).candidates
  await call('review.decide', {
    imageId: 1,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'correct', candidateId: candidates[0].id, text: 'a red dog', errorTypes: ['object'], rating: 4 },
  })
  await call('snapshots.create', { name: 'frozen', heldOut: 0 })
  await call('review.decide', {
    imageId: 2,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'accept', candidateId: (await detail(workspace, 2)).candidates[0].id, rating: 5 },
  })
  return workspace
}

test('what was decided stays with the earlier photo, and the image comes back as changed, to be reviewed', async () => {
  const workspace = await workedOn()
  const { service, call, reader, events } = workspace
  const before = await detail(workspace, 1)
  service.photosReplaced([replaced(1), replaced(2)])

  const now = await detail(workspace, 1)
  expect(now).toMatchObject({ width: 300, height: 200, candidates: [], captions: [{ state: 'pending', text: null, rating: null, errorTypes: [] }] })
  expect(now.captions[0].revision).toBeGreaterThan(before.captions[0].revision)
  expect(now.corrections).toMatchObject([{ text: 'a red dog', ofEarlierPhoto: true }])
  expect(now.earlier).toMatchObject({ state: 'corrected', texts: ['a red dog'], regions: 0 })
  expect((await detail(workspace, 2)).earlier).toMatchObject({ state: 'accepted', texts: ['base says 2 well'], regions: 1 })
  expect(await call('regions.list', { imageId: 2 })).toEqual([])
  expect(reader.prepare('SELECT count(*) FROM score WHERE image_id IN (1, 2)').pluck().get()).toBe(0)
  expect(reader.pragma('foreign_key_check')).toEqual([])
  expect(events).toContainEqual({ kind: 'photos-replaced', imageIds: [1, 2] })

  expect(await call('library.ids', { filter: { changed: true }, sort: {} })).toEqual([1, 2])
  expect(await call('library.facets')).toMatchObject({ changed: 2, states: { pending: 3 } })
  expect((await call('library.rows', { imageIds: [1, 3], modelId: null, metric: 'CIDEr' })).map(({ changed }) => changed)).toEqual([true, false])
  // What was typed or decided against the earlier photo is refused, not written onto the other.
  const late = { imageId: 1, slot: 0, expectedRevision: before.captions[0].revision, candidateId: null, text: 'late words' }
  await expect(call('review.saveDraft', late)).rejects.toMatchObject({ code: 'conflict' })

  await call('review.decide', {
    imageId: 1,
    slot: 0,
    expectedRevision: now.captions[0].revision,
    decision: { kind: 'correct', candidateId: null, text: 'a blue cat', errorTypes: [], rating: null },
  })
  expect(await call('library.ids', { filter: { changed: true }, sort: {} })).toEqual([2])
  expect(await detail(workspace, 1)).toMatchObject({
    earlier: null,
    corrections: [
      { text: 'a blue cat', ofEarlierPhoto: false },
      { text: 'a red dog', ofEarlierPhoto: true },
    ],
  })
})

test('no step of before is undone or done again about another photo', async () => {
  const workspace = await workedOn()
  const { service, call } = workspace
  await call('review.undo')
  service.photosReplaced([replaced(2)])
  expect(await call('review.redo')).toBeNull()
  expect(await call('review.undo')).toMatchObject({ imageIds: [1] })
  expect(await call('review.undo')).toBeNull()
  expect(await call('regions.list', { imageId: 2 })).toEqual([])
})

test('a snapshot is of the photos that were frozen; references of a changed photo do not count until it is reviewed', async () => {
  const workspace = await workedOn()
  const { service, call, reader } = workspace
  expect([...heldOutCorrections(reader)]).toEqual([[1, ['a red dog']]])
  service.photosReplaced([replaced(1), replaced(2)])
  expect(snapshotContents(reader, 1).get(1)).toBe('hash-1')
  expect(heldOutCorrections(reader).size).toBe(0) // the candidate would be of another picture
  expect(judgedImages(reader, 'train').map(({ imageId }) => imageId)).toEqual([3])
  expect(await call('snapshots.preview')).toEqual({ images: 1, corrections: 0, accepted: 0, references: 1 })
  const file = join(workspace.folder, '..', 'frozen.json')
  await call('snapshots.export', { snapshotId: 1, file, replace: false })
  expect(readFileSync(file, 'utf8')).toContain('hash-1')

  await captionImages(workspace, [2])
  const {
    captions: [review],
    candidates,
  } = await detail(workspace, 2)
  await call('review.decide', {
    imageId: 2,
    slot: 0,
    expectedRevision: review.revision,
    decision: { kind: 'accept', candidateId: candidates[0].id, rating: null },
  })
  expect(judgedImages(reader, 'train').map(({ imageId }) => imageId)).toEqual([2, 3])
  const snapshot = await call('snapshots.create', { name: 'second', heldOut: 0 })
  expect(snapshotContents(reader, snapshot.id).get(2)).toBe('other-2')
})

test('another file of the same picture: what stood, its candidates and its boxes stand again, and one undo takes it back', async () => {
  const workspace = await workedOn()
  const { service, call } = workspace
  service.photosReplaced([replaced(1), replaced(2)])
  expect(await call('review.keepEarlier', { imageIds: [1, 2, 3] })).toEqual({ kept: 2 })
  expect(await detail(workspace, 1)).toMatchObject({ captions: [{ state: 'corrected', text: 'a red dog', errorTypes: ['object'], rating: 4 }], earlier: null })
  expect((await detail(workspace, 1)).candidates.map(({ text }) => text)).toEqual(['base says 1 well', 'base says 1 badly'])
  expect(await call('regions.list', { imageId: 2 })).toMatchObject([{ label: 'dog', left: 0.1 }])
  expect(await call('library.facets')).toMatchObject({ changed: 0, states: { corrected: 1, accepted: 1, pending: 1 } })
  await call('review.undo')
  expect(await call('library.facets')).toMatchObject({ states: { corrected: 0, accepted: 0, pending: 3 } })
})

test('the earlier file put back: what stood for it stands again, and what was decided about the other stays with that', async () => {
  const workspace = await workedOn()
  const { service, call } = workspace
  service.photosReplaced([replaced(1), replaced(2)])
  const {
    captions: [review],
  } = await detail(workspace, 1)
  await call('review.decide', { imageId: 1, slot: 0, expectedRevision: review.revision, decision: { kind: 'reject', errorTypes: [], rating: null } })
  service.photosReplaced([replaced(1, 'hash-1'), replaced(2, 'hash-2')])
  expect(await detail(workspace, 1)).toMatchObject({ captions: [{ state: 'corrected', text: 'a red dog' }], earlier: null })
  expect(await detail(workspace, 2)).toMatchObject({ captions: [{ state: 'accepted' }], earlier: null })
  service.photosReplaced([replaced(1)])
  expect(await detail(workspace, 1)).toMatchObject({ captions: [{ state: 'rejected' }] })
  service.photosReplaced([replaced(1)])
  expect((await detail(workspace, 1)).captions[0].state).toBe('rejected')
})

test('an import tells how many photos were replaced, and gives them their references', async () => {
  const workspace = await workedOn()
  const { call, folder, service } = workspace
  const root = join(folder, 'photos')
  const jobId = await importImages(workspace, [
    importedImage(root, 1, { contentHash: 'other-1', references: [{ text: 'reference of the other', source: 'coco' }] }),
    importedImage(root, 3),
  ])
  expect(service.jobs.get(jobId).result).toMatchObject({ added: 0, updated: 2, moved: 0, changed: 1 })
  expect(await detail(workspace, 1)).toMatchObject({
    earlier: { state: 'corrected' },
    captions: [{ state: 'pending' }],
    references: [{ text: 'reference of the other' }],
  })
  expect(await call('library.ids', { filter: { changed: true }, sort: {} })).toEqual([1])
})

test('an image whose earlier photo was worked on is not removed', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 2)
  await captionImages(workspace, [1, 2])
  const { call, service } = workspace
  await call('review.decide', {
    imageId: 1,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'accept', candidateId: (await detail(workspace, 1)).candidates[0].id, rating: null },
  })
  service.photosReplaced([replaced(1), replaced(2)])
  service.jobs.update(1, { state: 'done' })
  expect(await call('images.remove', { imageIds: [1, 2] })).toEqual({ removed: 1, kept: 1 })
})
