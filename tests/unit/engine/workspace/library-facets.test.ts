import { expect, test } from 'vitest'
import { libraryFacets } from '#engine/workspace/repositories/library-facets.ts'
import { allSteps } from '#engine/workspace/slices.ts'
import { libraryFilterSchema } from '#shared/domain.ts'
import { importedImage, importImages, testWorkspace } from '../../../support/workspace.ts'

const filter = libraryFilterSchema.parse({ splits: ['dev'], states: ['pending'], text: 'photo' })

test('each count is a step of its own: what the window waits for is answered between them', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 3)
  const steps = libraryFacets(workspace.reader, filter, null)
  let taken = 0
  while (steps.next().done !== true) taken += 1
  expect(taken).toBeGreaterThan(6 + 4) // every state and every split among them
})

test('images that come while they are counted break no count', async () => {
  const workspace = await testWorkspace()
  const root = `${workspace.folder}/photos`
  await importImages(
    workspace,
    [1, 2, 3].map((number) => importedImage(root, number, { split: 'dev' })),
  )
  const steps = libraryFacets(workspace.reader, filter, null)
  for (let step = 0; step < 4; step += 1) steps.next()
  await importImages(
    workspace,
    [4, 5].map((number) => importedImage(root, number, { split: 'dev' })),
  )
  const counts = allSteps(steps)
  expect(Object.values(counts.states).every(Number.isInteger)).toBe(true)
  expect(allSteps(libraryFacets(workspace.reader, filter, null)).total).toBe(5)
})
