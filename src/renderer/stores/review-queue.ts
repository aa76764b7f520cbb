/** The images that wait on the annotator's desk: their order, the one in front, and which are not decided yet. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import type { LibraryFilter, LibrarySort, Review } from '#shared/domain.ts'
import { call } from '../bridge.ts'

const openStates = ['pending', 'draft'] as const

/** The list that a queue was made from. */
export interface QueueSource {
  filter: LibraryFilter
  sort: LibrarySort
}

export const useReviewQueue = defineStore('review-queue', () => {
  const ids = shallowRef<readonly number[]>([])
  const position = ref(-1)
  /** How many of the queue are pending or drafts. */
  const left = ref(0)
  /** Which ones: a plain set, for queues are long and decisions come fast. */
  let undecided = new Set<number>()
  let source: QueueSource | null = null

  const currentId = computed<number | null>(() => ids.value[position.value] ?? null)

  /** Takes a list. It stays as it is from now on, also when decisions change what the filter would find. */
  async function put(list: readonly number[], startId: number | null, from: QueueSource | null): Promise<void> {
    ids.value = [...list]
    source = from
    position.value = list.length === 0 ? -1 : Math.max(0, startId === null ? 0 : list.indexOf(startId))
    await loadUndecided()
  }

  async function loadUndecided(): Promise<void> {
    if (source === null) return
    const { filter, sort } = source
    const states = openStates.filter((state) => filter.states.length === 0 || filter.states.includes(state))
    const open = states.length === 0 ? [] : await call('library.ids', { filter: { ...filter, states }, sort: { ...sort } })
    const queued = new Set(ids.value)
    undecided = new Set(open.filter((imageId) => queued.has(imageId)))
    left.value = undecided.size
  }

  function moveTo(to: number): void {
    if (ids.value.length > 0) position.value = Math.max(0, Math.min(ids.value.length - 1, to))
  }

  function reviewChanged(review: Review): void {
    if (!openStates.some((state) => state === review.state)) undecided.delete(review.imageId)
    else if (ids.value.includes(review.imageId)) undecided.add(review.imageId)
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

  function clear(): void {
    ids.value = []
    position.value = -1
    undecided = new Set()
    left.value = 0
    source = null
  }

  return { ids, position, currentId, left, put, loadUndecided, moveTo, reviewChanged, nextOpen, clear }
})
