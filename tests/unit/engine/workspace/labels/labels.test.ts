import { expect, test } from 'vitest'
import type { LabelEdit } from '#shared/annotation/labels.ts'
import { firstErrorTypes } from '#shared/annotation/labels.ts'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const edit = (title: string, rest: Partial<LabelEdit> = {}): LabelEdit => ({ id: null, title, meaning: '', colour: 'blue', chord: null, ...rest })

async function withTags(workspace: TestWorkspace, ...titles: string[]): Promise<string[]> {
  const labels = await workspace.call('labels.save', { kind: 'tag', labels: titles.map((title) => edit(title)) })
  return labels.filter(({ kind, retired }) => kind === 'tag' && !retired).map(({ id }) => id)
}

const tagsOf = async (workspace: TestWorkspace, imageId: number) => (await workspace.call('images.get', { imageId })).tags

test('a new workspace has the error types that all begin with', async () => {
  const { call } = await testWorkspace()
  expect(await call('labels.list')).toEqual(firstErrorTypes)
})

test('a label is renamed, coloured and keyed without touching what has it, and one in use is retired, not deleted', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 2)
  const [night, day] = await withTags(workspace, 'At night', 'By day')
  await workspace.call('images.arrange', { imageIds: [1], addTags: [night] })
  await workspace.call('labels.save', { kind: 'tag', labels: [edit('Dark', { id: night, chord: 'z', colour: 'violet' })] })
  const tags = (await workspace.call('labels.list')).filter(({ kind }) => kind === 'tag')
  expect(tags).toEqual([{ kind: 'tag', id: night, title: 'Dark', meaning: '', colour: 'violet', chord: 'z', retired: false }]) // By day is gone: nothing had it
  expect(day).toBe('by-day')
  expect(await tagsOf(workspace, 1)).toEqual([night])
  const after = await workspace.call('labels.save', { kind: 'tag', labels: [] })
  expect(after.filter(({ kind }) => kind === 'tag')).toMatchObject([{ id: night, retired: true, chord: null }])
  expect(await tagsOf(workspace, 1)).toEqual([night])
  // Its title again is the same label again.
  expect(await withTags(workspace, 'dark')).toEqual([night])
})

test('an error type that only a correction names stays readable', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 1)
  const decision = { kind: 'correct' as const, candidateId: null, text: 'a dog', errorTypes: ['count'], rating: null }
  await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision })
  await workspace.call('review.undo')
  const kept = await workspace.call('labels.save', { kind: 'error', labels: [edit('Gender')] })
  expect(kept).toMatchObject([
    { id: 'gender', retired: false },
    { id: 'count', retired: true },
  ])
  expect((await workspace.call('images.get', { imageId: 1 })).corrections[0].errorTypes).toEqual(['count'])
})

test('two labels of one name or one key are refused, and nothing changes', async () => {
  const { call } = await testWorkspace()
  await expect(call('labels.save', { kind: 'tag', labels: [edit('Night'), edit('night')] })).rejects.toMatchObject({ code: 'bad-input' })
  await expect(call('labels.save', { kind: 'tag', labels: [edit('Night', { chord: 'Alt+1' })] })).rejects.toMatchObject({ code: 'bad-input' })
  expect(await call('labels.list')).toEqual(firstErrorTypes)
})

test('imported tags are labels by their own name', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, [importedImage(`${workspace.folder}/photos`, 1, { tags: ['in-domain'] })])
  expect((await workspace.call('labels.list')).filter(({ kind }) => kind === 'tag')).toMatchObject([{ id: 'in-domain', title: 'in-domain' }])
})

test('splits and tags of many images are one step that undo takes back, and redo does again', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 3)
  const [night, day] = await withTags(workspace, 'Night', 'Day')
  await workspace.call('images.arrange', { imageIds: [1], addTags: [day] })
  expect(await workspace.call('images.arrange', { imageIds: [1, 2, 3, 99], split: 'test', addTags: [night], removeTags: [day] })).toEqual({ changed: 3 })
  expect(await workspace.call('images.arrange', { imageIds: [1, 2], split: 'test', addTags: [night] })).toEqual({ changed: 0 })
  expect((await workspace.call('library.facets')).tags).toEqual({ [night]: 3 })
  expect(await workspace.call('review.undo')).toMatchObject({ imageIds: [1, 2, 3] })
  expect(await tagsOf(workspace, 1)).toEqual([day])
  expect((await workspace.call('images.get', { imageId: 2 })).split).toBe('none')
  await workspace.call('review.redo')
  expect(await tagsOf(workspace, 2)).toEqual([night])
  expect((await workspace.call('images.get', { imageId: 2 })).split).toBe('test')
  await expect(workspace.call('images.arrange', { imageIds: [1], addTags: ['nowhere'] })).rejects.toMatchObject({ code: 'not-found' })
})

test('the Library filters by rating, tag, author and own error types, and counts each', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 4)
  const [night] = await withTags(workspace, 'Night')
  const [gender] = (await workspace.call('labels.save', { kind: 'error', labels: [edit('Gender "x"')] })).map(({ id }) => id)
  await workspace.call('images.arrange', { imageIds: [2, 3], addTags: [night] })
  const correct = (imageId: number, rating: number, errorTypes: string[]) =>
    workspace.call('review.decide', {
      imageId,
      slot: 0,
      expectedRevision: 0,
      decision: { kind: 'correct', candidateId: null, text: 'a dog', errorTypes, rating },
    })
  await correct(1, 5, [])
  await correct(2, 2, [gender])
  const ids = (filter: object) => workspace.call('library.ids', { filter, sort: {} })
  expect(await ids({ ratings: [2, 3] })).toEqual([2])
  expect(await ids({ tags: [night] })).toEqual([2, 3])
  expect(await ids({ authors: ['Ada'] })).toEqual([1, 2])
  expect(await ids({ authors: ['Grace'] })).toEqual([])
  expect(await ids({ errorTypes: [gender] })).toEqual([2])
  const facets = await workspace.call('library.facets', { filter: { tags: [night] } })
  expect(facets).toMatchObject({ ratings: { 2: 1 }, tags: { [night]: 2 }, errorTypes: { [gender]: 1 }, authors: [{ name: 'Ada', images: 1 }] })
  expect((await workspace.call('library.facets')).authors).toEqual([{ name: 'Ada', images: 2 }])
})
