import { describe, expect, test } from 'vitest'
import { regionsByPath } from '#engine/workspace/repositories/regions.ts'
import { sharesToBoxes } from '#engine/vision/regions/photo-boxes.ts'
import { importImages, testWorkspace } from '../../../support/workspace.ts'

describe('regions that annotators draw', () => {
  test('are listed by image, found by path, and removed', async () => {
    const workspace = await testWorkspace()
    await importImages(workspace, 2)
    const dog = await workspace.call('regions.add', { imageId: 1, left: 0.25, top: 0.5, width: 0.5, height: 0.25, label: 'dog' })
    expect(dog).toMatchObject({ imageId: 1, label: 'dog', score: null, source: 'Ada' })
    const cat = await workspace.call('regions.add', { imageId: 1, left: 0, top: 0, width: 1, height: 1, label: '' })
    expect(await workspace.call('regions.list', { imageId: 1 })).toEqual([dog, cat])
    expect(await workspace.call('regions.list', { imageId: 2 })).toEqual([])

    const { path } = await workspace.call('images.get', { imageId: 1 })
    expect(sharesToBoxes(regionsByPath(workspace.reader, path), { width: 200, height: 100 })[0]).toEqual({ label: 'dog', score: 1, box: [50, 50, 150, 75] })
    expect(regionsByPath(workspace.reader, 'nowhere.jpg')).toEqual([])

    await workspace.call('regions.remove', { regionId: dog.id })
    expect(await workspace.call('regions.list', { imageId: 1 })).toEqual([cat])
    await expect(workspace.call('regions.remove', { regionId: dog.id })).rejects.toMatchObject({ code: 'not-found' })
    await expect(workspace.call('regions.add', { imageId: 9, left: 0, top: 0, width: 1, height: 1, label: '' })).rejects.toMatchObject({ code: 'not-found' })
  })

  test('are moved, renamed and deleted as steps that undo takes back and redo does again, apart from reviews', async () => {
    const workspace = await testWorkspace()
    await importImages(workspace, 2)
    const list = (): Promise<unknown> => workspace.call('regions.list', { imageId: 1 })
    await workspace.call('review.decide', { imageId: 2, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })
    const dog = await workspace.call('regions.add', { imageId: 1, left: 0.25, top: 0.5, width: 0.5, height: 0.25, label: '' })
    const named = await workspace.call('regions.change', { regionId: dog.id, label: 'dog' })
    const moved = await workspace.call('regions.change', { regionId: dog.id, left: 0.1 })
    expect(moved).toEqual({ ...dog, label: 'dog', left: 0.1 })
    await workspace.call('regions.remove', { regionId: dog.id })

    expect(await workspace.call('review.undo')).toEqual({ imageIds: [1], slot: null, description: 'Delete the box “dog” in image1.jpg' })
    expect(await list()).toEqual([moved])
    await workspace.call('review.undo')
    expect(await list()).toEqual([named])
    await workspace.call('review.undo')
    expect(await list()).toEqual([dog])
    expect(await workspace.call('review.undo')).toMatchObject({ description: 'Draw a box in image1.jpg' })
    expect(await list()).toEqual([])
    expect((await workspace.call('images.get', { imageId: 2 })).captions[0].state).toBe('skipped')
    for (const after of [[dog], [named], [moved], []]) {
      await workspace.call('review.redo')
      expect(await list()).toEqual(after)
    }
    // A deleted box's id is given to no other one, so that it can come back.
    const cat = await workspace.call('regions.add', { imageId: 1, left: 0, top: 0, width: 1, height: 1, label: 'cat' })
    expect(cat.id).toBeGreaterThan(dog.id)
  })
})
