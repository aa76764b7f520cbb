import { expect, test } from 'vitest'
import { importImages, testWorkspace } from '../../../support/workspace.ts'

test('a saved list keeps the order that a person gives it, and shows only its photos', async () => {
  const workspace = await testWorkspace()
  const { call } = workspace
  await importImages(workspace, 6)
  const list = await call('lists.add', { list: { name: 'Best' }, imageIds: [5, 2, 4, 1] })
  expect(await call('lists.add', { list: list.id, imageIds: [2, 3, 99] })).toEqual({ id: list.id, name: 'Best', images: 5 })
  const order = (direction: 'ascending' | 'descending' = 'ascending') => call('library.ids', { filter: { listId: list.id }, sort: { by: 'list', direction } })
  expect(await order()).toEqual([5, 2, 4, 1, 3])
  await call('lists.move', { listId: list.id, imageIds: [3, 1], before: 2 })
  expect(await order()).toEqual([5, 1, 3, 2, 4])
  await call('lists.move', { listId: list.id, imageIds: [5], before: null })
  expect(await order()).toEqual([1, 3, 2, 4, 5])
  await call('lists.move', { listId: list.id, imageIds: [3, 2], before: 3 })
  expect(await order()).toEqual([1, 3, 2, 4, 5])
  await call('lists.takeOut', { listId: list.id, imageIds: [3] })
  expect(await order('descending')).toEqual([5, 4, 2, 1])
  expect(await call('library.ids', { filter: { listId: list.id, states: ['draft'] }, sort: { by: 'list' } })).toEqual([])
  await call('images.remove', { imageIds: [4] })
  expect(await order()).toEqual([1, 2, 5])
})

test('lists are renamed and removed, and no two have one name', async () => {
  const workspace = await testWorkspace()
  const { call } = workspace
  await importImages(workspace, 2)
  const one = await call('lists.add', { list: { name: 'One' }, imageIds: [1] })
  await call('lists.add', { list: { name: 'Two' }, imageIds: [2] })
  await expect(call('lists.add', { list: { name: 'two' }, imageIds: [1] })).rejects.toMatchObject({ code: 'conflict' })
  await expect(call('lists.rename', { listId: one.id, name: 'Two' })).rejects.toMatchObject({ code: 'conflict' })
  await call('lists.rename', { listId: one.id, name: 'Zero' })
  expect((await call('lists.list')).map(({ name }) => name)).toEqual(['Two', 'Zero'])
  await call('lists.remove', { listId: one.id })
  await expect(call('lists.move', { listId: one.id, imageIds: [1], before: null })).rejects.toMatchObject({ code: 'not-found' })
  expect(await call('library.ids', { filter: {}, sort: {} })).toEqual([1, 2])
})

test('the list’s columns order by split and rating', async () => {
  const workspace = await testWorkspace()
  const { call } = workspace
  await importImages(workspace, 3)
  await call('images.arrange', { imageIds: [1], split: 'train' })
  await call('review.mark', { imageId: 2, slot: 0, expectedRevision: 0, errorTypes: [], rating: 4 })
  expect(await call('library.ids', { filter: {}, sort: { by: 'split', direction: 'descending' } })).toEqual([1, 3, 2])
  expect(await call('library.ids', { filter: {}, sort: { by: 'rating' } })).toEqual([2, 1, 3])
  expect(await call('library.rows', { imageIds: [2], modelId: null, metric: 'CIDEr' })).toMatchObject([{ rating: 4, tags: [], logProbability: null }])
})
