import { describe, expect, test } from 'vitest'
import type { Decision } from '#shared/api.ts'
import type { SavedReview } from '#shared/domain.ts'
import { captionImages, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const correction = (text: string, rating: number | null = null): Decision => ({ kind: 'correct', candidateId: null, text, errorTypes: [], rating })

async function asking(wanted: number, images = 2): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  await importImages(workspace, images)
  await captionImages(
    workspace,
    Array.from({ length: images }, (_, i) => i + 1),
  )
  await workspace.call('project.set', { captionsWanted: wanted })
  return workspace
}

async function decide({ call }: TestWorkspace, imageId: number, slot: number, decision: Decision): Promise<SavedReview> {
  const { captions } = await call('images.get', { imageId })
  return call('review.decide', { imageId, slot, expectedRevision: captions.at(slot)?.revision ?? 0, decision })
}

const statesOf = async ({ call }: TestWorkspace, imageId: number) => (await call('images.get', { imageId })).captions.map(({ state }) => state)

describe('a photo of several captions', () => {
  test('is done when as many are decided as the project asks for', async () => {
    const workspace = await asking(3)
    expect(await statesOf(workspace, 1)).toEqual(['pending', 'pending', 'pending'])
    expect((await decide(workspace, 1, 1, correction('one'))).photo).toEqual({ state: 'pending', decided: 1 })
    expect((await decide(workspace, 1, 0, { kind: 'skip' })).photo).toEqual({ state: 'pending', decided: 2 })
    expect((await workspace.call('library.facets')).states).toMatchObject({ pending: 2, corrected: 0 })
    expect((await decide(workspace, 1, 2, correction('two'))).photo).toEqual({ state: 'corrected', decided: 3 })
    expect((await workspace.call('library.facets')).states).toMatchObject({ pending: 1, corrected: 1 })
    const [row] = await workspace.call('library.rows', { imageIds: [1], modelId: null, metric: 'CIDEr' })
    expect(row).toMatchObject({ state: 'corrected', decided: 3, reviewedText: 'one' })
  })

  test('waits while a draft waits, also one beyond what is asked for', async () => {
    const workspace = await asking(1)
    await decide(workspace, 1, 0, correction('one'))
    const draft = await workspace.call('review.saveDraft', { imageId: 1, slot: 1, expectedRevision: 0, candidateId: null, text: 'two' })
    expect(draft).toMatchObject({ slot: 1, state: 'draft', revision: 1, author: 'Ada', photo: { state: 'draft', decided: 1 } })
    expect((await decide(workspace, 1, 1, { kind: 'reopen' })).photo.state).toBe('draft')
    expect((await decide(workspace, 1, 1, correction('two'))).photo).toEqual({ state: 'corrected', decided: 2 })
  })

  test('keeps a revision for each: a stale one of one caption is no conflict of another', async () => {
    const workspace = await asking(2)
    await decide(workspace, 1, 0, correction('one'))
    await expect(workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(await workspace.call('review.decide', { imageId: 1, slot: 1, expectedRevision: 0, decision: { kind: 'skip' } })).toMatchObject({ revision: 1 })
  })

  test('has a history for each, and undo takes back the caption that was changed', async () => {
    const workspace = await asking(2)
    await decide(workspace, 1, 0, correction('one'))
    await decide(workspace, 1, 1, correction('two'))
    expect(await workspace.call('review.undoState')).toMatchObject({ undo: 'Correct caption 2 of image1.jpg' })
    expect(await workspace.call('review.undo')).toMatchObject({ imageIds: [1], slot: 1 })
    expect(await statesOf(workspace, 1)).toEqual(['corrected', 'pending'])
    expect((await workspace.call('images.get', { imageId: 1 })).corrections.map(({ slot, text }) => [slot, text])).toEqual([
      [1, 'two'],
      [0, 'one'],
    ])
    await workspace.call('review.redo')
    expect(await statesOf(workspace, 1)).toEqual(['corrected', 'corrected'])
  })

  test('is begun while some are decided and others wait, and counted so with each decision, draft and undo', async () => {
    const workspace = await asking(2, 3)
    const begun = async () => [(await workspace.call('library.facets')).begun, await workspace.call('library.ids', { filter: { begun: true }, sort: {} })]
    expect(await begun()).toEqual([0, []])
    await decide(workspace, 2, 1, correction('one'))
    await decide(workspace, 1, 0, { kind: 'skip' })
    expect(await begun()).toEqual([2, [1, 2]])
    await workspace.call('review.saveDraft', { imageId: 2, slot: 0, expectedRevision: 0, candidateId: null, text: 'tw' })
    expect(await begun()).toEqual([2, [1, 2]])
    await decide(workspace, 2, 0, correction('two'))
    expect(await begun()).toEqual([1, [1]])
    await workspace.call('review.undo')
    expect(await begun()).toEqual([2, [1, 2]])
    expect((await workspace.call('library.facets', { filter: { text: 'image1' } })).begun).toBe(1)
    await workspace.call('project.set', { captionsWanted: 1 })
    expect((await begun())[1]).toEqual([2]) // a draft waits still
  })

  test('is ordered by its last change and its highest rating, as its row shows them, in both directions', async () => {
    const workspace = await asking(2, 3)
    await decide(workspace, 1, 0, correction('one', 1))
    await decide(workspace, 2, 0, correction('two', 3))
    await decide(workspace, 1, 1, correction('three', 5))
    for (const by of ['updated', 'rating'] as const) {
      expect(await workspace.call('library.ids', { filter: {}, sort: { by, direction: 'ascending' } }), by).toEqual([2, 1, 3])
      expect(await workspace.call('library.ids', { filter: {}, sort: { by, direction: 'descending' } }), by).toEqual([1, 2, 3])
    }
  })

  test('counts once for each of its authors', async () => {
    const workspace = await asking(2, 2)
    await decide(workspace, 1, 0, correction('one'))
    await decide(workspace, 1, 1, correction('two'))
    await decide(workspace, 2, 0, correction('three'))
    const authors = async (filter = {}) => (await workspace.call('library.facets', { filter })).authors
    expect(await authors()).toEqual([{ name: 'Ada', images: 2 }])
    expect(await authors({ text: 'two' })).toEqual([{ name: 'Ada', images: 1 }])
    await workspace.call('review.undo')
    expect(await authors()).toEqual([{ name: 'Ada', images: 1 }])
    await workspace.call('review.undo')
    expect(await authors()).toEqual([{ name: 'Ada', images: 1 }])
    await workspace.call('review.undo')
    expect(await authors()).toEqual([])
    await workspace.call('review.redo')
    expect(await workspace.call('library.ids', { filter: { authors: ['Ada'] }, sort: {} })).toEqual([1])
  })

  test('is found by the words of any of them', async () => {
    const workspace = await asking(2)
    await decide(workspace, 2, 1, correction('zebras graze'))
    const found = await workspace.call('library.ids', { filter: { text: 'zebra' }, sort: {} })
    expect(found).toEqual([2])
  })
})

describe('another number of captions', () => {
  test('settles every photo by it and loses none', async () => {
    const workspace = await asking(2)
    await decide(workspace, 1, 0, correction('one'))
    await decide(workspace, 1, 1, correction('two'))
    await decide(workspace, 2, 1, { kind: 'skip' })
    const states = async () => (await workspace.call('library.facets')).states
    expect(await states()).toMatchObject({ corrected: 1, pending: 1 })
    await workspace.call('project.set', { captionsWanted: 1 })
    expect(await states()).toMatchObject({ corrected: 1, skipped: 1 })
    expect((await workspace.call('images.get', { imageId: 1 })).captions.map(({ text }) => text)).toEqual(['one', 'two'])
    await workspace.call('project.set', { captionsWanted: 3 })
    expect(await states()).toMatchObject({ pending: 2 })
    expect(await statesOf(workspace, 1)).toEqual(['corrected', 'corrected', 'pending'])
  })
})

describe('a bulk decision', () => {
  test('accepts a candidate for one caption of a photo, and never twice', async () => {
    const workspace = await asking(2)
    expect(await workspace.call('review.decideMany', { imageIds: [1, 2], decision: 'accept' })).toEqual({ changed: 2 })
    expect(await workspace.call('review.decideMany', { imageIds: [1, 2], decision: 'accept' })).toEqual({ changed: 0 })
    expect(await statesOf(workspace, 1)).toEqual(['accepted', 'pending'])
  })

  test('skips all captions that wait, leaves the decided ones, and is one step back', async () => {
    const workspace = await asking(3)
    await decide(workspace, 1, 1, correction('one'))
    expect(await workspace.call('review.countStates', { imageIds: [1, 2] })).toMatchObject({ pending: 5, corrected: 1 })
    expect(await workspace.call('review.decideMany', { imageIds: [1], decision: 'skip' })).toEqual({ changed: 1 })
    expect(await statesOf(workspace, 1)).toEqual(['skipped', 'corrected', 'skipped'])
    await workspace.call('review.undo')
    expect(await statesOf(workspace, 1)).toEqual(['pending', 'corrected', 'pending'])
  })
})

test('a snapshot holds all captions of a photo on one side, and judges by all of them', async () => {
  const workspace = await asking(2, 8)
  for (let imageId = 1; imageId <= 8; imageId++) {
    await decide(workspace, imageId, 0, correction(`one of ${imageId}`))
    await decide(workspace, imageId, 1, correction(`two of ${imageId}`))
  }
  expect(await workspace.call('snapshots.preview')).toMatchObject({ images: 8, corrections: 16 })
  await workspace.call('snapshots.create', { name: 'both', heldOut: 0.5 })
  const items = workspace.reader
    .prepare<[], { image_id: number; text: string; held_out: number }>('SELECT image_id, text, held_out FROM snapshot_item ORDER BY id')
    .all()
  expect(items).toHaveLength(16)
  for (let imageId = 1; imageId <= 8; imageId++) {
    const [first, second] = items.filter((item) => item.image_id === imageId)
    expect([first.text, second.text]).toEqual([`one of ${imageId}`, `two of ${imageId}`])
    expect(first.held_out).toBe(second.held_out)
  }
  expect(new Set(items.map(({ held_out }) => held_out))).toEqual(new Set([0, 1]))
})
