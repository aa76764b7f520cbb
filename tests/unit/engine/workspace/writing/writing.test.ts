import { expect, test } from 'vitest'
import { libraryFilterSchema, librarySortSchema } from '#shared/domain.ts'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

async function described(captions: Record<number, string[]>): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const references = Object.entries(captions).map(([number, texts]) =>
    importedImage(`${workspace.folder}/photos`, Number(number), { references: texts.map((text) => ({ text, source: 'coco' })) }),
  )
  await importImages(workspace, references)
  return workspace
}

async function correct({ call }: TestWorkspace, imageId: number, text: string): Promise<void> {
  const { revision } = (await call('images.get', { imageId })).captions[0]
  await call('review.decide', {
    imageId,
    slot: 0,
    expectedRevision: revision,
    decision: { kind: 'correct', candidateId: null, text, errorTypes: [], rating: null },
  })
}

const unknown = (workspace: TestWorkspace): Promise<number[]> =>
  workspace.call('library.ids', { filter: libraryFilterSchema.parse({ unknownWords: true }), sort: librarySortSchema.parse({}) })

test('completion learns from references, and every correction at once', async () => {
  const workspace = await described({ 1: ['a zebra grazes in the savanna', 'a zebra grazes in the savanna'], 2: [] })
  const ask = (before: string) => workspace.call('writing.complete', { imageId: 1, before })
  await expect.poll(() => ask('a zeb')).toEqual({ word: 'ra', rest: 'ra grazes in the savanna' })
  expect(await ask('a pla')).toBeNull()
  await correct(workspace, 2, 'a platypus swims')
  expect(await ask('a pla')).toEqual({ word: 'typus', rest: 'typus swims' })
})

test('words of references and of the project are never marked', async () => {
  const workspace = await described({ 1: ['a labradoodle sits'] })
  const check = async (text: string) => (await workspace.call('writing.check', { text })).map(({ word }) => word)
  expect(await check('a labradoodle and a cockapoo sitt')).toEqual(['cockapoo', 'sitt'])
  await workspace.call('writing.addWord', { word: 'Cockapoo' })
  expect(await check('a labradoodle and a cockapoo sitt')).toEqual(['sitt'])
  expect(await workspace.call('writing.words')).toEqual(['cockapoo'])
  await workspace.call('writing.removeWord', { word: 'cockapoo' })
  expect(await check('a cockapoo')).toEqual(['cockapoo'])
})

test('a piece that repeats is read where it first stands, with its punctuation, line breaks and numbers', async () => {
  const workspace = await described({ 1: ['cockapoo, labradoodle\npuggle (cockapoo) 3schnoodle', 'cockapoo, schnoodle’s labradoodle\npuggle'] })
  const check = async (text: string) => (await workspace.call('writing.check', { text })).map(({ word }) => word)
  expect(await check('cockapoo labradoodle puggle schnoodle’s schnoodle')).toEqual(['schnoodle'])
})

test('the filter finds captions by people with unknown words, and follows every change', async () => {
  const workspace = await described({ 1: [], 2: [], 3: [] })
  await correct(workspace, 1, 'a dog runs')
  await correct(workspace, 2, 'a dgo runs')
  expect(await unknown(workspace)).toEqual([2])
  await correct(workspace, 3, 'a quokka smiles')
  expect(await unknown(workspace)).toEqual([2, 3])
  await workspace.call('writing.addWord', { word: 'quokka' })
  expect(await unknown(workspace)).toEqual([2])
  await correct(workspace, 2, 'a dog runs')
  expect(await unknown(workspace)).toEqual([])
  await workspace.call('writing.removeWord', { word: 'quokka' })
  expect(await unknown(workspace)).toEqual([3])
})

test('the filter finds accepted captions with unknown words, too', async () => {
  const workspace = await described({ 1: [], 2: [] })
  const candidate = { text: 'a qxzvk runs', logProbability: -1, tokenLogProbabilities: [-1, -1, -1] }
  await workspace.service.applyBatch(1, { kind: 'captions', rows: [{ imageId: 2, modelId: 'base', beam: 1, candidates: [candidate] }] })
  const { candidates } = await workspace.call('images.get', { imageId: 2 })
  const decision = { kind: 'accept', candidateId: candidates[0].id, rating: null } as const
  await workspace.call('review.decide', { imageId: 2, slot: 0, expectedRevision: 0, decision })
  expect(await unknown(workspace)).toEqual([2])
})

test('references that arrive later make their words known', async () => {
  const workspace = await described({ 1: [] })
  await correct(workspace, 1, 'a quokka smiles')
  expect(await unknown(workspace)).toEqual([1])
  await importImages(workspace, [importedImage(`${workspace.folder}/photos`, 2, { references: [{ text: 'a quokka eats', source: 'coco' }] })])
  expect(await unknown(workspace)).toEqual([])
})
