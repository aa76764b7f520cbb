/** What a snapshot would hold, as it is told whenever a workspace is opened. */
import { expect, test, vi } from 'vitest'
import { previewSnapshot } from '#engine/workspace/repositories/snapshots.ts'
import { importedImage, importImages, testWorkspace } from '../../../../support/workspace.ts'

test('photos that learn are counted once: by their references, or by what people wrote, also of photos that judge', async () => {
  const workspace = await testWorkspace()
  const root = `${workspace.folder}/photos`
  const references = [
    { text: 'a dog', source: 'file' },
    { text: 'a cat', source: 'file' },
  ]
  await importImages(workspace, [
    importedImage(root, 1, { split: 'train', references }),
    importedImage(root, 2, { split: 'none', references: [] }),
    importedImage(root, 3, { split: 'dev', references }),
    importedImage(root, 4, { split: 'test', references }),
    importedImage(root, 5, { split: 'train', references: [] }),
  ])
  const correct = (imageId: number, text: string) =>
    workspace.call('review.decide', {
      ...{ imageId, slot: 0, expectedRevision: 0 },
      decision: { kind: 'correct', candidateId: null, text, errorTypes: [], rating: null },
    })
  expect(previewSnapshot(workspace.reader)).toEqual({ images: 1, corrections: 0, accepted: 0, references: 2 })
  for (const imageId of [1, 2, 3]) await correct(imageId, 'a horse')
  expect(previewSnapshot(workspace.reader)).toEqual({ images: 3, corrections: 3, accepted: 0, references: 2 })
})

test('no row of an image is read for it', async () => {
  const { reader } = await testWorkspace()
  const prepare = vi.spyOn(reader, 'prepare')
  previewSnapshot(reader)
  // Changed photos are few, and each of them is looked up.
  const asked = prepare.mock.calls.map(([sql]) => sql.replaceAll('SELECT image_id FROM changed_photo', 'SELECT 0'))
  prepare.mockRestore()
  expect(asked.length).toBeGreaterThan(3)
  const steps = asked.flatMap((sql) =>
    reader
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail),
  )
  const ofImages = steps.filter((detail) => /(SCAN|SEARCH) image\b/.test(detail))
  expect(ofImages.length).toBeGreaterThan(3)
  for (const detail of ofImages) expect(detail).toContain('COVERING INDEX')
})
