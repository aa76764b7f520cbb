import { describe, expect, test } from 'vitest'
import { watch } from 'vue'
import type { CaptionPlace, SavedReview } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { untouchedCaption } from '#shared/review.ts'
import { createSaveQueue, type DraftSave, type SavePorts } from '../../../../src/renderer/review/save-queue.ts'

interface Sent extends CaptionPlace {
  expectedRevision: number
  what: string
  answer: (error?: AppError) => void
}

function savedAs({ imageId, slot }: CaptionPlace, revision: number, text: string): SavedReview {
  return { ...untouchedCaption(imageId, slot), state: 'draft', revision, text, photo: { state: 'draft', decided: 0 } }
}

function setUp(): { sent: Sent[]; states: string[]; queue: ReturnType<typeof createSaveQueue> } {
  const sent: Sent[] = []
  const states: string[] = []
  const send = ({ imageId, slot, expectedRevision }: CaptionPlace & { expectedRevision: number }, what: string): Promise<SavedReview> =>
    new Promise((resolve, reject) => {
      const review = savedAs({ imageId, slot }, expectedRevision + 1, what)
      sent.push({ imageId, slot, expectedRevision, what, answer: (error) => (error === undefined ? resolve(review) : reject(error)) })
    })
  const ports: SavePorts = {
    saveDraft: ({ text, ...seen }) => send(seen, text),
    mark: ({ rating, ...seen }) => send(seen, `rated ${rating ?? 'not'}`),
    decide: ({ decision, ...seen }) => send(seen, decision.kind),
  }
  const queue = createSaveQueue(ports)
  for (const imageId of [1, 2])
    watch(
      () => queue.stateOf({ imageId, slot: 0 }),
      (state) => states.push(`${imageId} ${state.kind}`),
      { flush: 'sync' },
    )
  return { sent, states, queue }
}

const draft = (imageId: number, seenRevision: number, text: string, slot = 0): DraftSave => ({
  kind: 'draft',
  imageId,
  slot,
  seenRevision,
  candidateId: null,
  text,
  errorTypes: [],
  rating: null,
})

describe('save queue', () => {
  test('a state says saved only after the answer', async () => {
    const { queue, sent, states } = setUp()
    const saving = queue.enqueue(draft(1, 0, 'a cat'))
    expect(queue.stateOf({ imageId: 1, slot: 0 })).toEqual({ kind: 'saving', what: 'draft' })
    expect(queue.pending()).toBe(1)
    sent[0].answer()
    await saving
    expect(states).toEqual(['1 saving', '1 saved'])
    await queue.settled()
    expect(queue.pending()).toBe(0)
  })

  test('saves of one image go one after the other and follow the revisions they made', async () => {
    const { queue, sent } = setUp()
    void queue.enqueue(draft(1, 5, 'a cat'))
    const decided = queue.enqueue({ kind: 'decision', imageId: 1, slot: 0, seenRevision: 5, decision: { kind: 'skip' } })
    expect(sent.map((one) => one.expectedRevision)).toEqual([5])
    sent[0].answer()
    await new Promise(setImmediate)
    expect(sent.map((one) => one.expectedRevision)).toEqual([5, 6])
    sent[1].answer()
    expect((await decided).revision).toBe(7)
  })

  test('saves of different images do not wait for each other', () => {
    const { queue, sent } = setUp()
    void queue.enqueue(draft(1, 0, 'a cat'))
    void queue.enqueue(draft(2, 0, 'a dog'))
    expect(sent.map((one) => [one.imageId, one.what])).toEqual([
      [1, 'a cat'],
      [2, 'a dog'],
    ])
  })

  test('captions of one image do not wait for each other, and each follows its own revisions', async () => {
    const { queue, sent } = setUp()
    const first = queue.enqueue(draft(1, 4, 'a cat'))
    void queue.enqueue(draft(1, 0, 'a black cat', 1))
    expect(sent.map(({ slot, expectedRevision }) => [slot, expectedRevision])).toEqual([
      [0, 4],
      [1, 0],
    ])
    sent[0].answer()
    await first
    void queue.enqueue({ kind: 'decision', imageId: 1, slot: 0, seenRevision: 4, decision: { kind: 'skip' } })
    expect([sent[2].slot, sent[2].expectedRevision]).toEqual([0, 5])
    expect(queue.stateOf({ imageId: 1, slot: 1 }).kind).toBe('saving')
  })

  test('a draft that waits is replaced by a newer one', async () => {
    const { queue, sent } = setUp()
    void queue.enqueue(draft(1, 0, 'a'))
    const second = queue.enqueue(draft(1, 0, 'a c'))
    const third = queue.enqueue(draft(1, 0, 'a cat'))
    sent[0].answer()
    await new Promise(setImmediate)
    sent[1].answer()
    expect(await second).toEqual(await third)
    expect(sent.map((one) => one.what)).toEqual(['a', 'a cat'])
  })

  test('a revision that somebody else raised is never followed', async () => {
    const { queue, sent } = setUp()
    const first = queue.enqueue(draft(1, 0, 'mine'))
    sent[0].answer()
    await first
    // Undo elsewhere raised the revision to 2; a save typed at revision 0 still expects the 1 that our own save made.
    void queue.enqueue(draft(1, 0, 'later')).catch(() => undefined)
    expect(sent[1].expectedRevision).toBe(1)
  })

  test('after a failed save the next one still expects what was seen', async () => {
    const { queue, sent } = setUp()
    const failing = queue.enqueue(draft(1, 3, 'a cat'))
    sent[0].answer(new AppError('disk-full', 'The disk is full.'))
    await expect(failing).rejects.toThrow('The disk is full.')
    expect(queue.stateOf({ imageId: 1, slot: 0 })).toMatchObject({ kind: 'failed', report: { code: 'disk-full' } })
    await queue.settled()
    void queue.enqueue(draft(1, 3, 'a cat'))
    expect(sent[1].expectedRevision).toBe(3)
  })

  test('a decision is not made where the words that it was to keep are not on disk', async () => {
    const { queue, sent } = setUp()
    const failing = queue.enqueue(draft(1, 3, 'a cat'))
    const deciding = queue.enqueue({ kind: 'decision', imageId: 1, slot: 0, seenRevision: 3, decision: { kind: 'skip' } })
    sent[0].answer(new AppError('disk-full', 'The disk is full.'))
    await expect(failing).rejects.toThrow('The disk is full.')
    await expect(deciding).rejects.toThrow('The disk is full.')
    expect(sent).toHaveLength(1)
    expect(queue.pending()).toBe(0)
  })

  test('an answer for another image is a failure, not a save', async () => {
    const queue = createSaveQueue({
      saveDraft: () => Promise.resolve(savedAs({ imageId: 9, slot: 0 }, 1, '')),
      mark: () => Promise.reject(new Error('not asked')),
      decide: () => Promise.reject(new Error('not asked')),
    })
    await expect(queue.enqueue(draft(1, 0, 'a cat'))).rejects.toThrow('answered for caption 9.0')
    expect(queue.stateOf({ imageId: 1, slot: 0 }).kind).toBe('failed')
  })

  test('after a change of the workspace an image of the same id begins at the revision that is seen', async () => {
    const { queue, sent } = setUp()
    const first = queue.enqueue(draft(1, 0, 'of one workspace'))
    sent[0].answer()
    await first
    queue.clear()
    void queue.enqueue(draft(1, 0, 'of another'))
    expect(sent[1].expectedRevision).toBe(0)
  })
})
