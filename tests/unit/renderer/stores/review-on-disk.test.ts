/**
 * What the window says is what the database holds: random typing, marks, decisions, bulk decisions, undos, walks and restarts, with the window's
 * own stores over a real workspace. After each step everything that is called saved is compared with the rows on disk.
 */
import { createPinia, setActivePinia } from 'pinia'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { firstErrorTypes } from '#shared/annotation/labels.ts'
import { reviewStates, type ReviewState } from '#shared/domain.ts'
import { toReport } from '#shared/errors.ts'
import { bulkDecisions, isUndecided, tidyCaption } from '#shared/review.ts'
import { openReadOnly, type Database } from '#engine/workspace/storage/database.ts'
import { openService, type WorkspaceService } from '#engine/workspace/service.ts'
import { useLibrary } from '../../../../src/renderer/stores/library.ts'
import { useReviewQueue } from '../../../../src/renderer/stores/review-queue.ts'
import { useReview } from '../../../../src/renderer/stores/review.ts'
import { useUndo } from '../../../../src/renderer/stores/undo.ts'
import { createMemoryBridge, installBridge } from '../../../support/memory-bridge.ts'
import { namedPackages } from '../../../support/named-packages.ts'
import { captionImages, importImages, testWorkspace } from '../../../support/workspace.ts'

const images = 8
const steps = 1000

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

interface Window {
  service: WorkspaceService
  review: ReturnType<typeof useReview>
  queue: ReturnType<typeof useReviewQueue>
  library: ReturnType<typeof useLibrary>
  undo: ReturnType<typeof useUndo>
}

/** The window's stores over the workspace in a folder, the Library's list open in Review. */
async function openWindow(folder: string): Promise<Window> {
  const bridge = createMemoryBridge({})
  const service = await openService({
    folder,
    modelRoots: [],
    packages: namedPackages,
    author: () => 'Ada',
    onEvent: (event) => {
      if (event.kind === 'changed') bridge.emit('workspaceChanged', { what: event.what })
    },
  })
  bridge.call = async (name, ...input) => {
    try {
      return { ok: true, value: structuredClone(await service.handle(name, structuredClone(input[0]))) as never }
    } catch (error) {
      return { ok: false, error: toReport(error) }
    }
  }
  installBridge(bridge)
  setActivePinia(createPinia())
  const window = { service, review: useReview(), queue: useReviewQueue(), library: useLibrary(), undo: useUndo() }
  window.library.listenForChanges()
  window.review.listenForChanges()
  window.undo.listenForChanges()
  await window.library.load()
  await window.library.rows.want(window.library.ids, 0, images)
  await window.review.followLibrary()
  await window.undo.load()
  return window
}

const reviewRow = z.object({ state: z.enum(reviewStates), text: z.string().nullable(), error_types: z.string(), rating: z.number().nullable() })

function rowOf(database: Database, imageId: number): z.infer<typeof reviewRow> {
  return reviewRow.parse(database.prepare('SELECT state, text, error_types, rating FROM review WHERE image_id = ?').get(imageId))
}

/** What is called saved is on disk as it is shown. */
function compareShown({ review }: Window, database: Database): void {
  if (review.detail === null || review.work === null || review.saveState.kind !== 'saved') return
  const row = rowOf(database, review.detail.imageId)
  expect(row.state).toBe(review.detail.review.state)
  expect(row.rating).toBe(review.work.rating)
  expect(JSON.parse(row.error_types)).toEqual(expect.arrayContaining([...review.work.errorTypes]))
  expect(JSON.parse(row.error_types)).toHaveLength(review.work.errorTypes.length)
  if (row.text === null) expect(tidyCaption(review.work.text)).toBe(review.candidate?.text ?? '')
  else expect(review.work.text).toBe(row.text)
}

/** Once nothing is under way, states, counts and the next undo are those of the database. */
async function compareAll(window: Window, database: Database): Promise<void> {
  const { review, queue, library, undo } = window
  review.flushAll()
  await vi.advanceTimersByTimeAsync(2000)
  await review.settled()
  await vi.advanceTimersByTimeAsync(2000)
  await library.rows.want(library.ids, 0, images)
  expect(review.pendingSaves).toBe(0)
  expect(['idle', 'saved']).toContain(review.saveState.kind)
  compareShown(window, database)
  const held = new Map(library.ids.map((imageId) => [imageId, rowOf(database, imageId)]))
  const counts = Object.fromEntries(reviewStates.map((state) => [state, [...held.values()].filter((row) => row.state === state).length]))
  expect(library.facets?.states).toEqual(counts)
  expect(queue.left).toBe([...held.values()].filter((row) => isUndecided(row.state)).length)
  for (const [imageId, row] of held) expect(library.rows.get(imageId)?.state).toBe(row.state)
  if (review.detail !== null) expect(review.detail.review.state).toBe(held.get(review.detail.imageId)?.state)
  expect(undo.undoes).toBe(database.prepare('SELECT description FROM action WHERE undone = 0 ORDER BY id DESC LIMIT 1').pluck().get() ?? null)
}

test(`after each of ${steps} random steps the window says what the database holds, and no typed words are dropped`, { timeout: 240_000 }, async () => {
  const made = await testWorkspace()
  await importImages(made, images)
  await captionImages(made, [1, 2, 3, 4, 5, 6, 7])
  made.service.close()
  made.service.close = () => undefined
  const { folder } = made
  const random = xoroshiro128plus(16)
  const upTo = (most: number): number => uniformInt(random, 0, most)
  const oneOf = <Value>(list: readonly Value[]): Value => list[upTo(list.length - 1)]
  /** What was typed last on an image and neither decided as a caption nor taken back since. */
  const typed = new Map<number, string>()
  const seen = new Set<ReviewState>()

  const database = openReadOnly(folder)
  let window = await openWindow(folder)
  try {
    for (let step = 0; step < steps; step++) {
      const { review, queue, library } = window
      const imageId = queue.currentId ?? 1
      const quiet = (work: () => void): boolean => {
        try {
          work()
          return true
        } catch {
          return false // it refused, and said why
        }
      }
      const kind = upTo(15)
      if (kind <= 2 && review.work !== null) {
        const text = oneOf([`words ${step} of ${imageId}`, `two  spaces ${step} of ${imageId}`, `${review.work.text}!`, `pasted\n${step} of ${imageId}`])
        review.type(imageId, text)
        typed.set(imageId, text)
      } else if (kind === 3) review.rate(imageId, upTo(4) + 1)
      else if (kind === 4) review.toggleErrorType(imageId, oneOf(firstErrorTypes).id)
      else if (kind === 5) review.choose(imageId, upTo(1))
      else if (kind === 6 && review.candidate !== null) {
        review.type(imageId, review.candidate.text)
        typed.delete(imageId)
      } else if (kind === 7 && quiet(() => review.saveHere())) typed.delete(imageId)
      else if (kind === 8 && quiet(() => review.acceptHere())) typed.delete(imageId)
      else if (kind === 9) review.decideHere({ kind: 'skip' })
      else if (kind === 10) {
        const { errorTypes: marked, rating } = review.work ?? { errorTypes: [], rating: null }
        review.decideHere({ kind: 'reject', errorTypes: [...marked], rating })
      } else if (kind === 11) review.decideHere({ kind: 'reopen' })
      else if (kind === 12) void (upTo(1) === 0 ? review.next() : review.back())
      else if (kind === 13) {
        const undone = review.stepBack(oneOf(['undo', 'undo', 'redo']))
        await vi.advanceTimersByTimeAsync(1000)
        await undone
        typed.clear()
      } else if (kind === 14 && upTo(2) === 0) {
        review.flushAll()
        await review.settled()
        const chosen = library.ids.filter(() => upTo(1) === 0)
        const states = reviewStates.filter((state) => state !== 'draft' && upTo(1) === 0)
        if (chosen.length > 0) await library.decideMany([...chosen], oneOf(bulkDecisions), states)
      } else if (kind === 15 && upTo(3) === 0) {
        // The window goes away, in order or at once; what was called saved is compared after the restart.
        if (upTo(1) === 0) await compareAll(window, database)
        else typed.clear()
        window.review.clear()
        window.service.close()
        window = await openWindow(folder)
      }
      await vi.advanceTimersByTimeAsync(oneOf([0, 0, 0, 100, 450, 900]))
      compareShown(window, database)
      if (upTo(3) !== 0) continue
      await compareAll(window, database)
      for (const [image, text] of typed) {
        const { state, text: held } = rowOf(database, image)
        expect(tidyCaption(held ?? '')).toBe(tidyCaption(text))
        expect(state).not.toBe('accepted')
      }
      for (const image of window.library.ids) seen.add(rowOf(database, image).state)
    }
    expect([...seen].sort()).toEqual([...reviewStates].sort())
  } finally {
    window.service.close()
    database.close()
  }
})
