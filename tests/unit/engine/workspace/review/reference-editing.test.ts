import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const given = (texts: string[]) => texts.map((text) => ({ text, source: 'captions.json' }))

async function imported(...texts: string[]): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  await bring(workspace, texts)
  return workspace
}

const bring = (workspace: TestWorkspace, texts: string[]) =>
  importImages(workspace, [
    importedImage(join(workspace.folder, 'photos'), 1, { references: given(texts), split: 'train' }),
    importedImage(join(workspace.folder, 'photos'), 2, { references: given(['a bus waits', 'a red bus']), split: 'train' }),
  ])

const detailOf = ({ call }: TestWorkspace) => call('images.get', { imageId: 1 })
const standing = async (workspace: TestWorkspace) => (await detailOf(workspace)).references.map(({ text }) => text)
const aside = async (workspace: TestWorkspace) => (await detailOf(workspace)).referencesAside.map(({ text }) => text)
const countOf = ({ reader }: TestWorkspace) => reader.prepare('SELECT reference_count FROM image WHERE id = 1').pluck().get()

test('a reference that a person corrects stays as it was imported, aside, and the correction names it', async () => {
  const workspace = await imported('a dgo runs', 'a brown dog')
  const [original] = (await detailOf(workspace)).references
  await workspace.call('references.correct', { referenceId: original.id, text: ' a dog  runs ' })
  const { references, referencesAside } = await detailOf(workspace)
  expect(references.map(({ text, author, corrects, source }) => ({ text, author, corrects, source }))).toEqual([
    { text: 'a brown dog', author: null, corrects: null, source: 'captions.json' },
    { text: 'a dog runs', author: 'Ada', corrects: original.id, source: 'captions.json' },
  ])
  expect(referencesAside).toMatchObject([{ id: original.id, text: 'a dgo runs', author: null, asideBy: 'Ada' }])
  expect(countOf(workspace)).toBe(2)
})

test('references are added, set aside and put back, each a step that undo takes back', async () => {
  const workspace = await imported('a dog runs', 'a brown dog')
  const { call } = workspace
  await call('references.add', { imageId: 1, text: 'the dog plays' })
  const [first, second] = (await detailOf(workspace)).references
  await call('references.setAside', { referenceId: first.id })
  await call('references.correct', { referenceId: second.id, text: 'a large brown dog' })
  expect(await standing(workspace)).toEqual(['the dog plays', 'a large brown dog'])
  expect(countOf(workspace)).toBe(2)
  await call('references.putBack', { referenceId: second.id })
  expect(await standing(workspace)).toEqual(['a brown dog', 'the dog plays'])
  for (let step = 0; step < 4; step++) expect(await call('review.undo')).toMatchObject({ imageIds: [1] })
  expect(await standing(workspace)).toEqual(['a dog runs', 'a brown dog'])
  expect(await aside(workspace)).toEqual([])
  for (let step = 0; step < 4; step++) await call('review.redo')
  expect(await standing(workspace)).toEqual(['a brown dog', 'the dog plays'])
  expect(await aside(workspace)).toEqual(['a dog runs', 'a large brown dog'])
})

test('live scores, the search, exports’ rows and the table that is scored by follow', async () => {
  const workspace = await imported('a dog runs', 'a brown dog')
  const { call, reader } = workspace
  const live = async () => Math.round((await call('scores.live', { imageId: 1, text: 'zebras graze quietly' }))?.Bleu_1 ?? -1)
  const before = await call('scores.table')
  expect(await live()).toBe(0)
  await call('references.add', { imageId: 1, text: 'zebras graze quietly' })
  expect(await live()).toBe(1)
  expect(await call('library.ids', { filter: { text: 'zebras' }, sort: {} })).toEqual([1])
  expect((await call('scores.table'))?.id).not.toBe(before?.id)
  const { references } = await detailOf(workspace)
  await call('references.setAside', { referenceId: references[2].id })
  expect(await live()).toBe(0)
  expect(await call('library.ids', { filter: { text: 'zebras' }, sort: {} })).toEqual([])
  expect((await call('scores.table'))?.id).toBe(before?.id)
  await call('review.undo')
  expect(await live()).toBe(1)
  await call('snapshots.create', { name: 'one', heldOut: 0 })
  expect(reader.prepare("SELECT text FROM snapshot_item WHERE kind = 'reference' AND image_id = 1 ORDER BY id").pluck().all()).toEqual([
    'a dog runs',
    'a brown dog',
    'zebras graze quietly',
  ])
})

test('importing the file again leaves what people corrected and set aside as it is', async () => {
  const workspace = await imported('a dgo runs', 'a brown dog', 'a cat')
  const { call } = workspace
  const [misspelled, , wrong] = (await detailOf(workspace)).references
  await call('references.correct', { referenceId: misspelled.id, text: 'a dog runs' })
  await call('references.setAside', { referenceId: wrong.id })
  await bring(workspace, ['a dgo runs', 'a brown dog', 'a cat'])
  expect(await standing(workspace)).toEqual(['a brown dog', 'a dog runs'])
  await bring(workspace, ['a dgo runs', 'a brown dog in the sun', 'a cat'])
  expect((await standing(workspace)).sort()).toEqual(['a brown dog in the sun', 'a dog runs'])
  expect(await aside(workspace)).toEqual(['a dgo runs', 'a cat'])
  expect(workspace.reader.pragma('foreign_key_check')).toEqual([])
})
