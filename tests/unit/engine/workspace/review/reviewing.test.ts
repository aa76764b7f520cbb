import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Decision } from '#shared/api.ts'
import { captionImages, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

async function reviewable(images: number): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  await importImages(workspace, images)
  await captionImages(
    workspace,
    Array.from({ length: images }, (_, i) => i + 1),
  )
  return workspace
}

async function bestOf({ call }: TestWorkspace, imageId: number): Promise<number> {
  return (await call('images.get', { imageId })).candidates[0].id
}

const correction = (text: string, candidateId: number | null = null): Decision => ({ kind: 'correct', candidateId, text, errorTypes: ['object'], rating: 4 })

describe('a decision', () => {
  test('is committed when it resolves: review, correction and undo entry', async () => {
    const workspace = await reviewable(2)
    const candidateId = await bestOf(workspace, 1)
    const review = await workspace.call('review.decide', {
      imageId: 1,
      slot: 0,
      expectedRevision: 0,
      decision: correction('base says hello well', candidateId),
    })
    expect(review).toMatchObject({ imageId: 1, state: 'corrected', revision: 1, text: 'base says hello well', rating: 4, errorTypes: ['object'] })
    expect(workspace.reader.prepare('SELECT image_id, text, replaces, difference, author FROM correction').all()).toEqual([
      {
        image_id: 1,
        text: 'base says hello well',
        replaces: 'base says 1 well',
        author: 'Ada',
        difference: JSON.stringify([
          { kind: 'same', words: ['base', 'says'] },
          { kind: 'deleted', words: ['1'] },
          { kind: 'inserted', words: ['hello'] },
          { kind: 'same', words: ['well'] },
        ]),
      },
    ])
    expect(workspace.reader.prepare('SELECT state, revision FROM review WHERE image_id = 1').get()).toEqual({ state: 'corrected', revision: 1 })
    expect(await workspace.call('review.undoState')).toEqual({ undo: 'Correct image1.jpg', redo: null })
  })

  test('against an older revision is a conflict and changes nothing', async () => {
    const workspace = await reviewable(1)
    await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })
    const stale = workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: correction('late') })
    await expect(stale).rejects.toMatchObject({ code: 'conflict' })
    await expect(workspace.call('review.saveDraft', { imageId: 1, slot: 0, expectedRevision: 0, candidateId: null, text: 'late' })).rejects.toMatchObject({
      code: 'conflict',
    })
    const {
      captions: [review],
      corrections,
    } = await workspace.call('images.get', { imageId: 1 })
    expect(review).toMatchObject({ state: 'skipped', revision: 1 })
    expect(corrections).toEqual([])
  })

  test('can never name a candidate of another image', async () => {
    const workspace = await reviewable(2)
    const other = await bestOf(workspace, 2)
    const attempts = [
      workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: { kind: 'accept', candidateId: other, rating: null } }),
      workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: correction('x', other) }),
      workspace.call('review.saveDraft', { imageId: 1, slot: 0, expectedRevision: 0, candidateId: other, text: 'x' }),
    ]
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'bad-input', message: 'That candidate belongs to another image.' })
    const {
      captions: [review],
      corrections,
    } = await workspace.call('images.get', { imageId: 1 })
    expect(review).toMatchObject({ state: 'pending', revision: 0 })
    expect(corrections).toEqual([])
  })

  test('keeps its candidate when the model captions the image again', async () => {
    const workspace = await reviewable(1)
    const accepted = await bestOf(workspace, 1)
    await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: { kind: 'accept', candidateId: accepted, rating: null } })
    await captionImages(workspace, [1])
    const {
      captions: [review],
      candidates,
    } = await workspace.call('images.get', { imageId: 1 })
    expect(review.candidateId).toBe(accepted)
    expect(candidates.map(({ id }) => id)).not.toContain(accepted)
    expect(candidates).toHaveLength(2)
  })

  test('that was undone can be redone after its candidate was replaced', async () => {
    const workspace = await reviewable(1)
    const accepted = await bestOf(workspace, 1)
    await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: { kind: 'accept', candidateId: accepted, rating: null } })
    await workspace.call('review.undo')
    await captionImages(workspace, [1])
    await workspace.call('review.redo')
    expect((await workspace.call('images.get', { imageId: 1 })).captions[0]).toMatchObject({ state: 'accepted', candidateId: accepted })
  })
})

describe('a draft', () => {
  test('is kept with each save, and a draft over a decision can be taken back', async () => {
    const workspace = await reviewable(1)
    let review = await workspace.call('review.saveDraft', { imageId: 1, slot: 0, expectedRevision: 0, candidateId: null, text: 'a do' })
    review = await workspace.call('review.saveDraft', { imageId: 1, slot: 0, expectedRevision: review.revision, candidateId: null, text: 'a dog' })
    expect(review).toMatchObject({ state: 'draft', text: 'a dog', revision: 2 })
    expect(await workspace.call('review.undo')).toBeNull()
    review = await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 2, decision: correction('a dog runs') })
    await workspace.call('review.saveDraft', { imageId: 1, slot: 0, expectedRevision: review.revision, candidateId: null, text: 'a dog runs fast' })
    expect(await workspace.call('review.undo')).toEqual({ imageIds: [1], slot: 0, description: 'Edit image1.jpg' })
    expect((await workspace.call('images.get', { imageId: 1 })).captions[0]).toMatchObject({ state: 'corrected', text: 'a dog runs' })
    await workspace.call('review.undo')
    expect((await workspace.call('images.get', { imageId: 1 })).captions[0]).toMatchObject({ state: 'draft', text: 'a dog' })
  })

  test('keeps the marks that were set beside the text, until they are set anew', async () => {
    const workspace = await reviewable(1)
    const marks = { errorTypes: ['object' as const, 'action' as const], rating: 4 }
    const review = await workspace.call('review.saveDraft', { imageId: 1, slot: 0, expectedRevision: 0, candidateId: null, text: 'a dog', ...marks })
    expect(review).toMatchObject({ state: 'draft', ...marks })
    const later = await workspace.call('review.saveDraft', { imageId: 1, slot: 0, expectedRevision: 1, candidateId: null, text: 'a dog runs' })
    expect(later).toMatchObject({ text: 'a dog runs', ...marks })
  })

  test('typed after a change is not lost by undoing and redoing that change', async () => {
    const workspace = await reviewable(1)
    await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: { kind: 'reopen' } })
    await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: { kind: 'skip' } })
    await workspace.call('review.undo')
    await workspace.call('review.saveDraft', { imageId: 1, slot: 0, expectedRevision: 2, candidateId: null, text: 'mine' })
    await workspace.call('review.redo')
    expect((await workspace.call('images.get', { imageId: 1 })).captions[0].state).toBe('skipped')
    await workspace.call('review.undo')
    expect((await workspace.call('images.get', { imageId: 1 })).captions[0]).toMatchObject({ state: 'draft', text: 'mine' })
  })
})

describe('bulk decisions', () => {
  test('are one change: accepted with the best candidate, passing by images without one, undone as one', async () => {
    const workspace = await testWorkspace()
    await importImages(workspace, 4)
    await captionImages(workspace, [1, 2, 3])
    expect(await workspace.call('review.decideMany', { imageIds: [1, 2, 2, 3, 4], decision: 'accept' })).toEqual({ changed: 3 })
    expect((await workspace.call('images.get', { imageId: 2 })).captions[0]).toMatchObject({ state: 'accepted', text: 'base says 2 well' })
    expect(await workspace.call('review.decideMany', { imageIds: [1, 2, 3], decision: 'accept' })).toEqual({ changed: 0 })
    expect(await workspace.call('review.undo')).toEqual({ imageIds: [1, 2, 3], slot: null, description: 'Accept 3 images' })
    expect((await workspace.call('library.facets')).states).toMatchObject({ pending: 4, accepted: 0 })
  })

  test('with an unknown image change nothing', async () => {
    const workspace = await reviewable(2)
    await expect(workspace.call('review.decideMany', { imageIds: [1, 99], decision: 'skip' })).rejects.toMatchObject({ code: 'not-found' })
    expect((await workspace.call('library.facets')).states.pending).toBe(2)
  })
})

describe('words and marks', () => {
  test('typed words are kept beside a skip and a reject, are a draft again when the image is reopened, and are found', async () => {
    const workspace = await reviewable(2)
    for (const [imageId, decision] of [
      [1, { kind: 'skip' }],
      [2, { kind: 'reject', errorTypes: ['count'], rating: 2 }],
    ] as const) {
      const draft = { imageId, slot: 0, expectedRevision: 0, candidateId: null, text: `zebra ${imageId}` }
      const { revision } = await workspace.call('review.saveDraft', draft)
      const aside = await workspace.call('review.decide', { imageId, slot: 0, expectedRevision: revision, decision: { ...decision } as Decision })
      expect(aside.text).toBe(`zebra ${imageId}`)
      const reopened = await workspace.call('review.decide', { imageId, slot: 0, expectedRevision: aside.revision, decision: { kind: 'reopen' } })
      expect(reopened).toMatchObject({ state: 'draft', text: `zebra ${imageId}` })
    }
    expect(await workspace.call('library.ids', { filter: { text: 'zebra' }, sort: {} })).toEqual([1, 2])
  })

  test('a decided image is marked as a step of its own, which undo takes back', async () => {
    const workspace = await reviewable(1)
    const { revision } = await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: correction('x') })
    await workspace.call('review.mark', { imageId: 1, slot: 0, expectedRevision: revision, errorTypes: ['count'], rating: 5 })
    expect((await workspace.call('images.get', { imageId: 1 })).captions[0]).toMatchObject({ state: 'corrected', errorTypes: ['count'], rating: 5 })
    await workspace.call('review.undo')
    expect((await workspace.call('images.get', { imageId: 1 })).captions[0]).toMatchObject({ state: 'corrected', errorTypes: ['object'], rating: 4 })
  })

  test('a draft that says no more than its candidate is none', async () => {
    const workspace = await reviewable(1)
    const [candidate] = (await workspace.call('images.get', { imageId: 1 })).candidates
    const typed = await workspace.call('review.saveDraft', { imageId: 1, slot: 0, expectedRevision: 0, candidateId: candidate.id, text: 'other words' })
    const back = { imageId: 1, slot: 0, expectedRevision: typed.revision, candidateId: candidate.id, text: candidate.text }
    expect(await workspace.call('review.saveDraft', back)).toMatchObject({ state: 'pending', text: null })
  })

  test('a correction is one line with single spaces', async () => {
    const workspace = await reviewable(1)
    const saved = await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: correction(' a  dog\n runs ') })
    expect(saved.text).toBe('a dog runs')
  })

  test('a decision about many leaves out decided images, and accept leaves out drafts, unless they are asked for', async () => {
    const workspace = await reviewable(3)
    await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: correction('x') })
    await workspace.call('review.saveDraft', { imageId: 2, slot: 0, expectedRevision: 0, candidateId: null, text: 'typed' })
    expect(await workspace.call('review.countStates', { imageIds: [1, 2, 3] })).toMatchObject({ corrected: 1, draft: 1, pending: 1 })
    expect(await workspace.call('review.decideMany', { imageIds: [1, 2, 3], decision: 'accept' })).toEqual({ changed: 1 })
    expect(await workspace.call('review.decideMany', { imageIds: [1, 2, 3], decision: 'reject' })).toEqual({ changed: 1 })
    expect((await workspace.call('images.get', { imageId: 2 })).captions[0]).toMatchObject({ state: 'rejected', text: 'typed' })
    expect(await workspace.call('review.decideMany', { imageIds: [1, 2, 3], decision: 'reject', states: ['corrected'] })).toEqual({ changed: 1 })
  })
})

test('a correction stays in the history when it is undone', async () => {
  const workspace = await reviewable(1)
  await workspace.call('review.decide', { imageId: 1, slot: 0, expectedRevision: 0, decision: correction('x') })
  await workspace.call('review.undo')
  expect((await workspace.call('images.get', { imageId: 1 })).corrections).toHaveLength(1)
})

type Step =
  | { kind: 'decide'; image: number; decision: 'skip' | 'reject' | 'accept' | 'correct' | 'reopen'; text: string }
  | { kind: 'many'; images: number[]; decision: 'skip' | 'accept' | 'reopen' }
  | { kind: 'undo' }
  | { kind: 'redo' }
  | { kind: 'restart' }

const image = fc.integer({ min: 1, max: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('decide' as const),
    image,
    decision: fc.constantFrom('skip', 'reject', 'accept', 'correct', 'reopen'),
    text: fc.constantFrom('one', 'two', 'three'),
  }),
  fc.record({ kind: fc.constant('many' as const), images: fc.array(image, { minLength: 1 }), decision: fc.constantFrom('skip', 'accept', 'reopen') }),
  fc.constant({ kind: 'undo' as const }),
  fc.constant({ kind: 'redo' as const }),
  fc.constant({ kind: 'restart' as const }),
)

test('undo and redo walk through the history of standings, also across restarts', async () => {
  type World = Record<number, string>
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      let workspace = await reviewable(3)
      const world = async (): Promise<World> => {
        const details = await Promise.all([1, 2, 3].map((imageId) => workspace.call('images.get', { imageId })))
        return Object.fromEntries(details.map(({ imageId, captions: [{ state, text, candidateId }] }) => [imageId, JSON.stringify([state, text, candidateId])]))
      }
      // The model: every world there was, and where in it we stand.
      let worlds: World[] = [await world()]
      let here = 0
      for (const each of steps) {
        const undoable = here > 0
        const redoable = here < worlds.length - 1
        if (each.kind === 'undo') {
          expect((await workspace.call('review.undo')) !== null).toBe(undoable)
          if (undoable) here -= 1
        } else if (each.kind === 'redo') {
          expect((await workspace.call('review.redo')) !== null).toBe(redoable)
          if (redoable) here += 1
        } else if (each.kind === 'restart') {
          workspace.reader.close()
          workspace.service.close()
          workspace = await testWorkspace(workspace.folder)
        } else {
          const before = JSON.stringify(await workspace.call('review.undoState'))
          const corrected = each.kind === 'decide' && each.decision === 'correct'
          await apply(workspace, each)
          const now = await world()
          // A correction is a change even if it repeats the text; anything else that changes no standing is none.
          if (corrected || JSON.stringify(now) !== JSON.stringify(worlds[here])) {
            worlds = [...worlds.slice(0, here + 1), now]
            here += 1
          } else expect(JSON.stringify(await workspace.call('review.undoState'))).toBe(before)
        }
        expect(await world()).toEqual(worlds[here])
      }
    }),
    { numRuns: 12, endOnFailure: true },
  )
})

async function apply(workspace: TestWorkspace, each: Extract<Step, { kind: 'decide' | 'many' }>): Promise<void> {
  if (each.kind === 'many') {
    await workspace.call('review.decideMany', { imageIds: each.images, decision: each.decision })
    return
  }
  const {
    captions: [review],
    candidates,
  } = await workspace.call('images.get', { imageId: each.image })
  const decisions: Record<typeof each.decision, Decision> = {
    skip: { kind: 'skip' },
    reopen: { kind: 'reopen' },
    reject: { kind: 'reject', errorTypes: [], rating: null },
    accept: { kind: 'accept', candidateId: candidates[0].id, rating: null },
    correct: { kind: 'correct', candidateId: candidates[1].id, text: each.text, errorTypes: [], rating: null },
  }
  await workspace.call('review.decide', { imageId: each.image, slot: 0, expectedRevision: review.revision, decision: decisions[each.decision] })
}
