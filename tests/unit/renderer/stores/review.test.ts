import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import fc from 'fast-check'
import type { CaptionPlace } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { useLibrary } from '../../../../src/renderer/stores/library.ts'
import { useNotices } from '../../../../src/renderer/stores/notices.ts'
import { useReviewQueue } from '../../../../src/renderer/stores/review-queue.ts'
import { useReview } from '../../../../src/renderer/stores/review.ts'
import { createMemoryBridge, installBridge, type Handlers } from '../../../support/memory-bridge.ts'
import { candidateOf, createMemoryDataset, type MemoryDataset } from '../../../support/memory-dataset.ts'

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

function setUp(count = 6, more: (dataset: MemoryDataset) => Handlers = () => ({})): MemoryDataset {
  const dataset = createMemoryDataset(count)
  installBridge(createMemoryBridge({ ...dataset.handlers, ...more(dataset) }))
  return dataset
}

/** Saves that take a while: `delay` milliseconds for every draft and decision. */
const slowly =
  (delay: () => number) =>
  (dataset: MemoryDataset): Handlers => ({
    'review.saveDraft': async (input) => {
      await new Promise((resolve) => setTimeout(resolve, delay()))
      return dataset.handlers['review.saveDraft']!(input)
    },
    'review.decide': async (input) => {
      await new Promise((resolve) => setTimeout(resolve, delay()))
      return dataset.handlers['review.decide']!(input)
    },
    'images.get': async (input) => {
      await new Promise((resolve) => setTimeout(resolve, delay()))
      return dataset.handlers['images.get']!(input)
    },
  })

async function openAll(dataset: MemoryDataset): Promise<ReturnType<typeof useReview>> {
  const review = useReview()
  const opening = review.open([...dataset.images.keys()], 1, { fromLibrary: true })
  await vi.runAllTimersAsync()
  await opening
  return review
}

/** The first caption of an image. */
const first = (imageId: number): CaptionPlace => ({ imageId, slot: 0 })

describe('review: working on an image', () => {
  test('the editor starts with the best candidate', async () => {
    const review = await openAll(setUp())
    expect(review.work).toMatchObject({ imageId: 1, text: 'best caption of 1', candidateId: 10, unsaved: 'nothing' })
    expect(review.changed).toBe(false)
  })

  test('choosing a candidate fills an unchanged editor and spares a changed one', async () => {
    const review = await openAll(setUp())
    review.choose(first(1), 1)
    expect(review.work?.text).toBe('second caption of 1')
    review.type(first(1), 'my own words')
    review.choose(first(1), 0)
    expect(review.work).toMatchObject({ text: 'my own words', candidateId: 10 })
  })

  test('a rest in typing saves one draft', async () => {
    const dataset = setUp()
    const review = await openAll(dataset)
    review.type(first(1), 'a')
    review.type(first(1), 'a c')
    await vi.advanceTimersByTimeAsync(100)
    review.type(first(1), 'a cat')
    expect(dataset.written).toEqual([])
    await vi.runAllTimersAsync()
    expect(dataset.written).toEqual([{ imageId: 1, what: 'draft: a cat' }])
    expect(review.saveState).toEqual({ kind: 'saved', what: 'draft' })
    expect(review.work?.unsaved).toBe('nothing')
  })

  test('typing that never rests is on disk within two seconds', async () => {
    const dataset = setUp()
    const review = await openAll(dataset)
    let typed = ''
    for (let tenth = 1; tenth <= 100; tenth++) {
      typed += 'x'
      review.type(first(1), typed)
      await vi.advanceTimersByTimeAsync(100)
      // One letter a tenth of a second: what was typed two seconds ago is there.
      if (tenth > 20) expect(dataset.images.get(1)?.captions[0].text?.length ?? 0).toBeGreaterThanOrEqual(tenth - 20)
    }
  })

  test('typing back to the candidate of a pending image saves nothing', async () => {
    const dataset = setUp()
    const review = await openAll(dataset)
    review.type(first(1), 'best caption of 1!')
    review.type(first(1), 'best caption of 1')
    await vi.runAllTimersAsync()
    expect(dataset.written).toEqual([])
  })

  test('Ctrl+Enter accepts an unchanged candidate and saves changed words as a correction', async () => {
    const dataset = setUp()
    const review = await openAll(dataset)
    review.saveHere()
    await vi.runAllTimersAsync()
    review.type(first(2), ' a brown dog ')
    review.saveHere()
    await vi.runAllTimersAsync()
    expect(dataset.written).toEqual([
      { imageId: 1, what: 'accept' },
      { imageId: 2, what: 'a brown dog' },
    ])
  })

  test('A refuses to drop typed words, an empty text is no correction', async () => {
    const dataset = setUp()
    const review = await openAll(dataset)
    review.type(first(1), 'other words')
    expect(() => review.acceptHere()).toThrow(AppError)
    review.type(first(1), '   ')
    expect(() => review.saveHere()).toThrow(AppError)
    expect(dataset.written.filter(({ what }) => !what.startsWith('draft'))).toEqual([])
  })

  test('a decision goes on to the next image at once and counts what is left', async () => {
    const dataset = setUp(
      3,
      slowly(() => 200),
    )
    const review = await openAll(dataset)
    const queue = useReviewQueue()
    expect(queue.left).toBe(3)
    review.acceptHere()
    expect(queue.currentId).toBe(2)
    expect(queue.left).toBe(3)
    await vi.runAllTimersAsync()
    expect(queue.left).toBe(2)
  })

  test('a second key for the same image is ignored while its decision is under way', async () => {
    const dataset = setUp(
      1,
      slowly(() => 200),
    )
    const review = await openAll(dataset)
    review.acceptHere()
    review.decideHere({ kind: 'skip' })
    await vi.runAllTimersAsync()
    expect(dataset.written).toEqual([{ imageId: 1, what: 'accept' }])
  })

  test('a fetch in the background does not disturb choices in hand', async () => {
    const dataset = setUp()
    const bridge = createMemoryBridge(dataset.handlers)
    installBridge(bridge)
    const review = await openAll(dataset)
    review.listenForChanges()
    review.choose(first(1), 1)
    review.rate(first(1), 4)
    bridge.emit('workspaceChanged', { what: ['captions'] })
    await vi.runAllTimersAsync()
    expect(review.work).toMatchObject({ candidateId: 11, rating: 4 })
  })
})

describe('review: saves never cross', () => {
  test('text typed on one image lands there though the next is shown before the save went out', async () => {
    const dataset = setUp(
      3,
      slowly(() => 500),
    )
    const review = await openAll(dataset)
    review.type(first(1), 'text of one')
    void review.next()
    review.type(first(2), 'text of two')
    void review.next()
    await vi.runAllTimersAsync()
    expect(dataset.images.get(1)?.captions[0].text).toBe('text of one')
    expect(dataset.images.get(2)?.captions[0].text).toBe('text of two')
    expect(dataset.images.get(3)?.captions[0].text).toBe(null)
  })

  test('however fast the keys and however slow the saves, every text is on its own image', async () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('type' as const), word: fc.stringMatching(/^[a-z]{1,6}$/) }),
      fc.constant({ kind: 'next' as const }),
      fc.constant({ kind: 'back' as const }),
      fc.constant({ kind: 'save' as const }),
      fc.constant({ kind: 'skip' as const }),
      fc.record({ kind: fc.constant('wait' as const), time: fc.integer({ min: 0, max: 900 }) }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 40 }),
        fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 20 }),
        async (actions, delays) => {
          setActivePinia(createPinia())
          let turn = 0
          const dataset = setUp(
            4,
            slowly(() => delays[(turn += 1) % delays.length]),
          )
          const review = await openAll(dataset)
          const queue = useReviewQueue()
          const lastTyped = new Map<number, string>()
          for (const step of actions) {
            const imageId = queue.currentId!
            if (step.kind === 'type' && review.work !== null) {
              const text = `${step.word} of image ${imageId}`
              review.type(first(imageId), text)
              lastTyped.set(imageId, text)
            } else if (step.kind === 'next') void review.next()
            else if (step.kind === 'back') void review.back()
            else if (step.kind === 'save') {
              try {
                review.saveHere()
              } catch {
                // no words yet
              }
            } else if (step.kind === 'skip') review.decideHere({ kind: 'skip' })
            else if (step.kind === 'wait') await vi.advanceTimersByTimeAsync(step.time)
          }
          review.flushAll()
          await vi.runAllTimersAsync()
          await review.settled()
          for (const { imageId, what } of dataset.written) if (what.includes('of image')) expect(what).toMatch(new RegExp(`of image ${imageId}$`))
          for (const [imageId, text] of lastTyped) expect(dataset.images.get(imageId)?.captions[0].text).toBe(text)
          expect(useNotices().notices).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('review: marks', () => {
  test('are saved with the draft of an undecided image, and reopen no decided one', async () => {
    const dataset = setUp(2)
    const review = await openAll(dataset)
    review.rate(first(1), 4)
    review.toggleErrorType(first(1), 'object')
    await vi.runAllTimersAsync()
    expect(dataset.images.get(1)?.captions[0]).toMatchObject({ state: 'draft', rating: 4, errorTypes: ['object'] })
    expect(review.work).toMatchObject({ unsaved: 'nothing', rating: 4 })
    review.decideHere({ kind: 'skip' })
    await vi.runAllTimersAsync()
    review.rate(first(1), 2)
    await vi.runAllTimersAsync()
    expect(dataset.images.get(1)?.captions[0].state).toBe('skipped')
  })

  test('of a decided image are saved at once, as marks, and shown as unsaved until then', async () => {
    const dataset = setUp(2)
    const review = await openAll(dataset)
    review.decideHere({ kind: 'correct', candidateId: 10, text: 'my words', errorTypes: [], rating: null })
    await vi.runAllTimersAsync()
    await review.back()
    expect(review.saveState).toEqual({ kind: 'saved', what: 'decision' })
    review.rate(first(1), 4)
    expect(review.saveState).toEqual({ kind: 'unsaved' })
    await vi.runAllTimersAsync()
    expect(dataset.images.get(1)?.captions[0]).toMatchObject({ state: 'corrected', text: 'my words', rating: 4 })
    expect(review.saveState).toEqual({ kind: 'saved', what: 'decision' })
  })

  test('are kept by A, which says that they are on disk only once they are', async () => {
    const dataset = setUp(1)
    const review = await openAll(dataset)
    review.toggleErrorType(first(1), 'object')
    review.acceptHere()
    await vi.runAllTimersAsync()
    expect(dataset.images.get(1)?.captions[0]).toMatchObject({ state: 'accepted', errorTypes: ['object'] })
  })

  test('a candidate that is only looked at is not called saved', async () => {
    const dataset = setUp(1)
    const review = await openAll(dataset)
    review.acceptHere()
    await vi.runAllTimersAsync()
    expect(review.saveState).toEqual({ kind: 'saved', what: 'decision' })
    review.choose(first(1), 1)
    expect(review.saveState).toEqual({ kind: 'idle' })
  })

  test('what is typed is on disk before another workspace is opened', async () => {
    const dataset = setUp(2)
    const review = await openAll(dataset)
    review.type(first(1), 'typed just now')
    const leaving = review.leave()
    await vi.runAllTimersAsync()
    await leaving
    expect(dataset.images.get(1)?.captions[0].text).toBe('typed just now')
  })
})

describe('review: when saving fails', () => {
  test('the text stays in the editor, the person is told, and trying again saves it', async () => {
    let full = true
    const dataset = setUp(2, (memory) => ({
      'review.saveDraft': (input) => {
        if (full) throw new AppError('disk-full', 'The disk is full.', { todo: 'Free some space and try again.' })
        return memory.handlers['review.saveDraft']!(input)
      },
    }))
    const review = await openAll(dataset)
    review.type(first(1), 'precious words')
    await vi.runAllTimersAsync()
    expect(review.saveState).toMatchObject({ kind: 'failed', report: { code: 'disk-full' } })
    expect(review.work).toMatchObject({ text: 'precious words', unsaved: 'words' })
    expect(useNotices().notices[0]?.title).toContain('The disk is full.')
    await review.next()
    await review.back()
    expect(review.work?.text).toBe('precious words')
    full = false
    review.retry(first(1))
    await vi.runAllTimersAsync()
    expect(dataset.images.get(1)?.captions[0].text).toBe('precious words')
  })

  test('a change from elsewhere is a conflict: nothing is overwritten until the person saves again', async () => {
    const dataset = setUp()
    const review = await openAll(dataset)
    const image = dataset.images.get(1)!
    dataset.images.set(1, { ...image, captions: [{ ...image.captions[0], state: 'skipped', revision: 7 }] })
    review.type(first(1), 'my words')
    await vi.runAllTimersAsync()
    expect(dataset.images.get(1)?.captions[0].state).toBe('skipped')
    expect(review.work?.text).toBe('my words')
    expect(review.detail?.captions[0].state).toBe('skipped')
    review.saveHere()
    await vi.runAllTimersAsync()
    expect(dataset.images.get(1)?.captions[0]).toMatchObject({ state: 'corrected', text: 'my words', revision: 8 })
  })
})

describe('review: the queue', () => {
  test('follows the Library however Review is entered, but not a list of its own until the Library was looked at', async () => {
    const dataset = setUp(6)
    const review = await openAll(dataset)
    const [queue, library] = [useReviewQueue(), useLibrary()]
    await library.load()
    review.acceptHere()
    await vi.runAllTimersAsync()
    await library.setFilter({ states: ['pending'] })
    await review.followLibrary()
    expect(queue.ids).toEqual([2, 3, 4, 5, 6])
    expect(queue.left).toBe(5)
    await review.open([6, 5], 6, { modelId: 'base' })
    await library.setFilter({ states: [] })
    await review.followLibrary()
    expect(queue.ids).toEqual([6, 5])
    queue.followLibrary()
    await review.followLibrary()
    expect(queue.ids).toEqual([1, 2, 3, 4, 5, 6])
    expect(queue.currentId).toBe(6)
  })

  test('a walk about a model begins with that model’s candidate', async () => {
    const dataset = setUp(1)
    const image = dataset.images.get(1)!
    const other = { ...candidateOf(1, 2, 'the other model says'), modelId: 'other' }
    dataset.images.set(1, { ...image, candidates: [...image.candidates, other] })
    const review = await openAll(dataset)
    expect(review.work?.candidateId).toBe(10)
    await review.open([1], 1, { modelId: 'other' })
    expect(review.work).toMatchObject({ candidateId: other.id, text: 'the other model says' })
  })
})

describe('review: undo', () => {
  test('undo waits for the saves under way and shows the image again as it was', async () => {
    const dataset = setUp(3, (memory) => ({
      ...slowly(() => 300)(memory),
      'review.undo': () => {
        const last = memory.written.pop()
        if (last === undefined) return null
        const image = memory.images.get(last.imageId)!
        const revision = image.captions[0].revision + 1
        memory.images.set(last.imageId, { ...image, captions: [{ ...image.captions[0], state: 'pending', text: null, candidateId: null, revision }] })
        return { imageIds: [last.imageId], slot: 0, description: `decision for ${last.imageId}.jpg` }
      },
      'review.undoState': () => ({ undo: null, redo: null }),
      'library.facets': () => {
        throw new AppError('unavailable', 'not in this test')
      },
    }))
    const review = await openAll(dataset)
    review.acceptHere()
    expect(useReviewQueue().currentId).toBe(2)
    void review.stepBack('undo')
    await vi.runAllTimersAsync()
    expect(dataset.images.get(1)?.captions[0].state).toBe('pending')
    expect(useReviewQueue().currentId).toBe(1)
    expect(review.work).toMatchObject({ text: 'best caption of 1', unsaved: 'nothing' })
    expect(useReviewQueue().left).toBe(3)
  })
})

describe('review: several captions a photo', () => {
  function three(): MemoryDataset {
    const dataset = createMemoryDataset(3, 3)
    installBridge(createMemoryBridge(dataset.handlers))
    return dataset
  }

  test('a decision goes on to the next caption that waits, and after the last to the next photo', async () => {
    const review = await openAll(three())
    const queue = useReviewQueue()
    for (const [slot, text] of ['one', 'two', 'three'].entries()) {
      expect([queue.currentId, review.slot]).toEqual([1, slot])
      review.type({ imageId: 1, slot }, text)
      review.saveHere()
      await vi.runAllTimersAsync()
    }
    expect([queue.currentId, review.slot]).toEqual([2, 0])
    expect(queue.left).toBe(2)
  })

  test('each caption begins with a candidate that no other is made of, and empty where there is none left', async () => {
    const review = await openAll(three())
    expect(review.work?.text).toBe('best caption of 1')
    review.acceptHere()
    expect(review.work?.text).toBe('second caption of 1')
    await vi.runAllTimersAsync()
    review.acceptHere()
    await vi.runAllTimersAsync()
    expect(review.work).toMatchObject({ slot: 2, text: '', candidateId: null })
    expect(() => review.saveHere()).toThrow('There are no words to save.')
  })

  test('words typed in one caption are saved there when another is turned to', async () => {
    const dataset = three()
    const review = await openAll(dataset)
    review.type({ imageId: 1, slot: 0 }, 'of the first')
    expect(review.turnBy(1)).toBe(true)
    review.type({ imageId: 1, slot: 1 }, 'of the second')
    review.turnBy(-1)
    await vi.runAllTimersAsync()
    expect(review.captions.map(({ work, hand }) => [work.text, hand.kind])).toMatchObject([
      ['of the first', 'saved'],
      ['of the second', 'saved'],
      [expect.anything(), 'idle'],
    ])
    expect(dataset.images.get(1)?.captions.map(({ text }) => text)).toEqual(['of the first', 'of the second', null])
  })

  test('a photo is entered at its first caption that waits', async () => {
    const review = await openAll(three())
    review.decideHere({ kind: 'skip' })
    await vi.runAllTimersAsync()
    await review.next()
    await review.back()
    await vi.runAllTimersAsync()
    expect([useReviewQueue().currentId, review.slot]).toEqual([1, 1])
  })

  test('one more than asked for can be added, and goes away where nothing was written', async () => {
    const review = await openAll(three())
    review.addCaption()
    expect([review.slot, review.captions.length]).toEqual([3, 4])
    expect(review.turnBy(1)).toBe(false)
    review.turnBy(-1)
    expect(review.captions).toHaveLength(3)
  })
})
