/** The images that wait on the annotator's desk: their order, the one in front, and which are not decided yet. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { anyFilter, librarySortSchema, type PhotoStanding, type SavedReview } from '#shared/domain.ts'
import { isUndecided, undecidedStates } from '#shared/review.ts'
import { call } from '../bridge.ts'

const byPosition = librarySortSchema.parse({})

export interface QueueOrigin {
  /** The queue is the Library's list, and follows it whenever Review is entered; else it is a list of its own (a model's failures, a comparison). */
  fromLibrary?: boolean
  /** The model whose candidates the walk is about. */
  modelId?: string | null
}

export const useReviewQueue = defineStore('review-queue', () => {
  const ids = shallowRef<readonly number[]>([])
  const position = ref(-1)
  /** The model whose candidate is shown first; null: the best one's. */
  const modelId = ref<string | null>(null)
  /** How many photos of the queue are not done. */
  const left = ref(0)
  /** Which ones: a plain set, for queues are long and decisions come fast. */
  let undecided = new Set<number>()
  /** What photos came to since the undecided images were last asked for: the answer may be older. */
  let changedMeanwhile = new Map<number, PhotoStanding>()
  let fromLibrary = true

  const currentId = computed<number | null>(() => ids.value[position.value] ?? null)

  /** Takes a list. It stays as it is from now on, also when decisions change what the filter would find. */
  async function put(list: readonly number[], startId: number | null, origin: QueueOrigin): Promise<void> {
    ids.value = list
    fromLibrary = origin.fromLibrary ?? false
    modelId.value = origin.modelId ?? null
    position.value = list.length === 0 ? -1 : Math.max(0, startId === null ? 0 : list.indexOf(startId))
    await loadUndecided()
  }

  async function loadUndecided(): Promise<void> {
    const asked = ids.value
    if (asked.length === 0) return
    const meanwhile = (changedMeanwhile = new Map<number, PhotoStanding>())
    const open = await call('library.ids', { filter: { ...anyFilter, states: [...undecidedStates] }, sort: byPosition })
    if (asked !== ids.value) return
    const queued = new Set(asked)
    undecided = new Set(open.filter((imageId) => queued.has(imageId)))
    for (const [imageId, photo] of meanwhile) note(imageId, photo)
    left.value = undecided.size
  }

  function note(imageId: number, { state }: PhotoStanding): void {
    if (!isUndecided(state)) undecided.delete(imageId)
    else if (ids.value.includes(imageId)) undecided.add(imageId)
  }

  function moveTo(to: number): void {
    if (ids.value.length > 0) position.value = Math.max(0, Math.min(ids.value.length - 1, to))
  }

  function reviewChanged({ imageId, photo }: SavedReview): void {
    changedMeanwhile.set(imageId, photo)
    note(imageId, photo)
    left.value = undecided.size
  }

  /** The position of the next undecided image after this one, from the top again when there is none; null when all are decided. */
  function nextOpen(): number | null {
    for (let step = 1; step <= ids.value.length; step += 1) {
      const to = (position.value + step) % ids.value.length
      const imageId = ids.value[to]
      if (imageId !== undefined && undecided.has(imageId)) return to
    }
    return null
  }

  /** The Library was looked at: Review walks its list from now on, whatever it walked before. */
  function followLibrary(): void {
    fromLibrary = true
  }

  /** Must another list be taken when Review is entered and the Library shows this one? */
  function isStale(list: readonly number[]): boolean {
    return fromLibrary && list !== ids.value
  }

  /** Where to go on in another list: the image in front, else the next of the queue that is in it. */
  function startIn(list: readonly number[]): number | null {
    const there = new Set(list)
    return ids.value.slice(Math.max(0, position.value)).find((imageId) => there.has(imageId)) ?? null
  }

  function clear(): void {
    ids.value = []
    position.value = -1
    modelId.value = null
    undecided = new Set()
    left.value = 0
    fromLibrary = true
  }

  return { ids, position, modelId, currentId, left, put, loadUndecided, moveTo, reviewChanged, nextOpen, followLibrary, isStale, startIn, clear }
})
