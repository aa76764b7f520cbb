import { expect, test } from 'vitest'
import type { TextOperation } from '#shared/annotation/text-changes.ts'
import { importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const cats: TextOperation = { kind: 'replace', find: 'cat', replacement: 'dog', by: 'word', matchCase: false }

/** 1 and 2 corrected, 3 a draft, 4 rejected with words beside it, 5 untouched. */
async function written(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  await importImages(workspace, 5)
  const correct = (imageId: number, text: string) =>
    workspace.call('review.decide', {
      imageId,
      slot: 0,
      expectedRevision: 0,
      decision: { kind: 'correct', candidateId: null, text, errorTypes: ['object'], rating: 3 },
    })
  const draft = (imageId: number, text: string) => workspace.call('review.saveDraft', { imageId, slot: 0, expectedRevision: 0, candidateId: null, text })
  await correct(1, 'a cat sleeps')
  await correct(2, 'a dog runs')
  await draft(3, 'two cats and a Cat')
  const { revision } = await draft(4, 'a cat flies')
  await workspace.call('review.decide', { imageId: 4, slot: 0, expectedRevision: revision, decision: { kind: 'skip' } })
  return workspace
}

const textOf = async ({ call }: TestWorkspace, imageId: number) => (await call('images.get', { imageId })).captions[0].text

test('every change among corrections and drafts is shown before it is made; those that are ticked are one step that undo takes back', async () => {
  const workspace = await written()
  const { call, reader } = workspace
  const found = await call('texts.preview', { operation: cats, scope: {} })
  expect(found).toMatchObject({
    changes: [
      { imageId: 1, slot: 0, state: 'corrected', before: 'a cat sleeps', after: 'a dog sleeps', fileName: 'image1.jpg' },
      { imageId: 3, state: 'draft', after: 'two cats and a dog' },
    ],
    more: 0,
    emptied: 0,
  })
  expect(await textOf(workspace, 1)).toBe('a cat sleeps')
  const changes = found.changes.map(({ imageId, slot, revision, after }) => ({ imageId, slot, expectedRevision: revision, text: after }))
  expect(await call('texts.change', { operation: cats, changes })).toEqual({ changed: 2, passedBy: 0 })
  expect(await textOf(workspace, 1)).toBe('a dog sleeps')
  expect(await textOf(workspace, 3)).toBe('two cats and a dog')
  const { corrections, captions } = await call('images.get', { imageId: 1 })
  expect(corrections.map(({ text }) => text)).toEqual(['a dog sleeps', 'a cat sleeps'])
  expect(captions[0]).toMatchObject({ state: 'corrected', rating: 3, errorTypes: ['object'] })
  expect(await call('library.ids', { filter: { text: 'sleeps dog' }, sort: {} })).toEqual([1])
  expect(await call('review.undo')).toMatchObject({ imageIds: [1, 3], description: 'Replace “cat” with “dog”: 2 captions' })
  expect(await textOf(workspace, 1)).toBe('a cat sleeps')
  expect(await textOf(workspace, 3)).toBe('two cats and a Cat')
  await call('review.redo')
  expect(await textOf(workspace, 3)).toBe('two cats and a dog')
  expect(reader.prepare('SELECT text FROM review WHERE image_id = 4').pluck().get()).toBe('a cat flies')
})

test('only what is in scope is changed, and what changed meanwhile is passed by', async () => {
  const workspace = await written()
  const { call } = workspace
  const ids = async (scope: object) => (await call('texts.preview', { operation: cats, scope })).changes.map(({ imageId }) => imageId)
  expect(await ids({ imageIds: [2, 3] })).toEqual([3])
  expect(await ids({ filter: { states: ['corrected'] } })).toEqual([1])
  const stale = { imageId: 1, slot: 0, expectedRevision: 0, text: 'a dog' }
  expect(await call('texts.change', { operation: cats, changes: [stale, { ...stale, imageId: 5 }] })).toEqual({ changed: 0, passedBy: 2 })
  expect((await call('review.undoState')).undo).not.toContain('Replace')
})

test('a caption without words is no caption, and an expression that never ends changes nothing', async () => {
  const workspace = await written()
  const { call } = workspace
  expect(await call('texts.preview', { operation: { ...cats, find: '.+', replacement: '', by: 'pattern' } as TextOperation, scope: {} })).toEqual({
    changes: [],
    more: 0,
    emptied: 3,
  })
  const hostile = { ...cats, find: '(.*)*(.*)*(.*)*=', by: 'pattern' } as TextOperation
  await call('review.saveDraft', { imageId: 5, slot: 0, expectedRevision: 0, candidateId: null, text: 'a'.repeat(4000) })
  await expect(call('texts.preview', { operation: hostile, scope: {} })).rejects.toMatchObject({ code: 'bad-input' })
  expect(await call('texts.preview', { operation: { kind: 'prefix', text: 'now ' }, scope: { imageIds: [1] } })).toMatchObject({
    changes: [{ after: 'now a cat sleeps' }],
  })
})
