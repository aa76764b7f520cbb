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
  const undecided = shallowRef<ReadonlySet<number>>(new Set())
  let source: QueueSource | null = null

  const currentId = computed<number | null>(() => ids.value[position.value] ?? null)
  const left = computed(() => ids.value.reduce((sum, imageId) => sum + Number(undecided.value.has(imageId)), 0))

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
    undecided.value = new Set(states.length === 0 ? [] : await call('library.ids', { filter: { ...filter, states }, sort: { ...sort } }))
  }

  function moveTo(to: number): void {
    if (ids.value.length > 0) position.value = Math.max(0, Math.min(ids.value.length - 1, to))
  }

  function reviewChanged(review: Review): void {
    const open = new Set(undecided.value)
    if (openStates.some((state) => state === review.state)) open.add(review.imageId)
    else open.delete(review.imageId)
    undecided.value = open
  }

  /** The position of the next undecided image after this one, from the top again when there is none; null when all are decided. */
  function nextOpen(): number | null {
    for (let step = 1; step <= ids.value.length; step += 1) {
      const to = (position.value + step) % ids.value.length
      const imageId = ids.value[to]
      if (imageId !== undefined && undecided.value.has(imageId)) return to
    }
    return null
  }

  function clear(): void {
    ids.value = []
    position.value = -1
    undecided.value = new Set()
    source = null
  }

  return { ids, position, undecided, currentId, left, put, loadUndecided, moveTo, reviewChanged, nextOpen, clear }
})
