/**
 * What the window says is what the database holds: random typing, marks, decisions, bulk decisions, undos, walks over photos and their captions, and
 * restarts, with the window's own stores over a real workspace. After each step everything that is called saved is compared with the rows on disk.
 */
import { createPinia, setActivePinia } from 'pinia'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { firstErrorTypes } from '#shared/annotation/labels.ts'
import { reviewStates, type CaptionPlace, type PhotoStanding, type ReviewState } from '#shared/domain.ts'
import { toReport } from '#shared/errors.ts'
import { bulkDecisions, isUndecided, photoStanding, tidyCaption } from '#shared/review.ts'
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

const untouched: z.infer<typeof reviewRow> = { state: 'pending', text: null, error_types: '[]', rating: null }

function rowOf(database: Database, { imageId, slot }: CaptionPlace): z.infer<typeof reviewRow> {
  const row = database.prepare('SELECT state, text, error_types, rating FROM review WHERE image_id = ? AND slot = ?').get(imageId, slot)
  return row === undefined ? untouched : reviewRow.parse(row)
}

/** What the photo's rows come to. */
function photoOnDisk(database: Database, imageId: number, wanted: number): PhotoStanding {
  const states = database.prepare<[number], ReviewState>('SELECT state FROM review WHERE image_id = ?').pluck().all(imageId)
  return photoStanding(states, wanted)
}

/** What is called saved is on disk as it is shown. */
function compareShown({ review }: Window, database: Database): void {
  for (const { review: caption, work, hand } of review.captions) {
    if (hand.kind !== 'saved') continue
    const row = rowOf(database, caption)
    expect(row.state).toBe(caption.state)
    expect(row.rating).toBe(work.rating)
    if (row.text !== null) expect(work.text).toBe(row.text)
  }
  if (review.place === null || review.work === null || review.saveState.kind !== 'saved') return
  const row = rowOf(database, review.place)
  expect(row.state).toBe(review.caption?.state)
  expect(row.rating).toBe(review.work.rating)
  expect(JSON.parse(row.error_types)).toEqual(expect.arrayContaining([...review.work.errorTypes]))
  expect(JSON.parse(row.error_types)).toHaveLength(review.work.errorTypes.length)
  if (row.text === null) expect(tidyCaption(review.work.text)).toBe(review.candidate?.text ?? '')
  else expect(review.work.text).toBe(row.text)
}

/** Once nothing is under way, states, counts and the next undo are those of the database. */
async function compareAll(window: Window, database: Database, wanted: number): Promise<void> {
  const { review, queue, library, undo } = window
  review.flushAll()
  await vi.advanceTimersByTimeAsync(2000)
  await review.settled()
  await vi.advanceTimersByTimeAsync(2000)
  await library.rows.want(library.ids, 0, images)
  expect(review.pendingSaves).toBe(0)
  expect(['idle', 'saved']).toContain(review.saveState.kind)
  compareShown(window, database)
  const held = new Map(library.ids.map((imageId) => [imageId, photoOnDisk(database, imageId, wanted)]))
  const counts = Object.fromEntries(reviewStates.map((state) => [state, [...held.values()].filter((row) => row.state === state).length]))
  expect(library.facets?.states).toEqual(counts)
  expect(queue.left).toBe([...held.values()].filter((row) => isUndecided(row.state)).length)
  for (const [imageId, photo] of held) {
    expect(library.rows.get(imageId)).toMatchObject(photo)
    const standing = "SELECT text FROM review WHERE image_id = ? AND state IN ('accepted', 'corrected', 'draft') ORDER BY slot LIMIT 1"
    expect(library.rows.get(imageId)?.reviewedText).toBe(database.prepare(standing).pluck().get(imageId) ?? null)
  }
  if (review.detail !== null) expect(review.photo).toEqual(held.get(review.detail.imageId))
  for (const { review: caption } of review.captions) expect(caption.state).toBe(rowOf(database, caption).state)
  expect(undo.undoes).toBe(database.prepare('SELECT description FROM action WHERE undone = 0 ORDER BY id DESC LIMIT 1').pluck().get() ?? null)
}

test.each([
  { wanted: 1, seed: 16 },
  { wanted: 3, seed: 17 },
])(
  `after each of ${steps} random steps over $wanted captions a photo the window says what the database holds, and no typed words are dropped`,
  { timeout: 240_000 },
  async ({ wanted, seed }) => {
    const made = await testWorkspace()
    await importImages(made, images)
    await captionImages(made, [1, 2, 3, 4, 5, 6, 7])
    await made.call('project.set', { captionsWanted: wanted })
    made.service.close()
    made.service.close = () => undefined
    const { folder } = made
    const random = xoroshiro128plus(seed)
    const upTo = (most: number): number => uniformInt(random, 0, most)
    const oneOf = <Value>(list: readonly Value[]): Value => list[upTo(list.length - 1)]
    /** What was typed last on a caption and neither decided as a caption nor taken back since. */
    const typed = new Map<string, { place: CaptionPlace; text: string }>()
    const seen = new Set<ReviewState>()

    const database = openReadOnly(folder)
    let window = await openWindow(folder)
    try {
      for (let step = 0; step < steps; step++) {
        const { review, library } = window
        const place = review.place ?? { imageId: 1, slot: 0 }
        const key = `${place.imageId}.${place.slot}`
        const quiet = (work: () => void): boolean => {
          try {
            work()
            return true
          } catch {
            return false // it refused, and said why
          }
        }
        const kind = upTo(17)
        if (kind <= 2 && review.work !== null) {
          const text = oneOf([`words ${step} of ${key}`, `two  spaces ${step} of ${key}`, `${review.work.text}!`, `pasted\n${step} of ${key}`])
          review.type(place, text)
          typed.set(key, { place, text })
        } else if (kind === 3) review.rate(place, upTo(4) + 1)
        else if (kind === 4) review.toggleErrorType(place, oneOf(firstErrorTypes).id)
        else if (kind === 5) review.choose(place, upTo(1))
        else if (kind === 6 && review.candidate !== null) {
          review.type(place, review.candidate.text)
          typed.delete(key)
        } else if (kind === 7 && quiet(() => review.saveHere())) typed.delete(key)
        else if (kind === 8 && quiet(() => review.acceptHere())) typed.delete(key)
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
          if (upTo(1) === 0) await compareAll(window, database, wanted)
          else typed.clear()
          window.review.clear()
          window.service.close()
          window = await openWindow(folder)
        } else if (kind === 16) review.turnBy(oneOf([1, -1]))
        else if (kind === 17 && upTo(9) === 0) quiet(() => review.addCaption())
        await vi.advanceTimersByTimeAsync(oneOf([0, 0, 0, 100, 450, 900]))
        compareShown(window, database)
        if (upTo(3) !== 0) continue
        await compareAll(window, database, wanted)
        for (const { place: at, text } of typed.values()) {
          const { state, text: held } = rowOf(database, at)
          expect(tidyCaption(held ?? '')).toBe(tidyCaption(text))
          expect(state).not.toBe('accepted')
        }
        for (const imageId of window.library.ids) seen.add(photoOnDisk(database, imageId, wanted).state)
      }
      expect([...seen].sort()).toEqual([...reviewStates].sort())
    } finally {
      window.service.close()
      database.close()
    }
  },
)
