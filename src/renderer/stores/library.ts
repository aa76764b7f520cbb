/** The images that pass the filter, their rows, and which of them are selected. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import {
  anyFilter,
  librarySortSchema,
  type LibraryFacets,
  type LibraryFilter,
  type LibrarySort,
  type MetricName,
  type ReviewState,
  type SavedReview,
} from '#shared/domain.ts'
import type { BulkDecision } from '#shared/review.ts'
import { call, listen } from '../bridge.ts'
import { createRowCache } from '../library/row-cache.ts'
import { keepIn, noSelection, type Selection } from '../library/selection.ts'

const firstSort: LibrarySort = librarySortSchema.parse({})
const refreshDelay = 400

/** Photos that a search by what is in them found, best first. */
export interface FoundPhotos {
  title: string
  images: readonly { imageId: number; similarity: number }[]
}

/** How many conditions a filter sets, the text apart. */
export function countConditions(filter: LibraryFilter): number {
  return (
    Number(filter.states.length > 0) +
    Number(filter.splits.length > 0) +
    Number(filter.errorTypes.length > 0) +
    Number(filter.ratings.length > 0) +
    Number(filter.tags.length > 0) +
    Number(filter.authors.length > 0) +
    Number(filter.listId !== null) +
    Number(filter.captioned !== 'any') +
    Number(filter.score !== null) +
    Number(filter.failure !== null) +
    Number(filter.unknownWords) +
    Number(filter.begun) +
    Number(filter.changed) +
    Number(filter.modelId !== null)
  )
}

const sayAfter = 500 // milliseconds

export const useLibrary = defineStore('library', () => {
  const filter = ref<LibraryFilter>({ ...anyFilter })
  const sort = ref<LibrarySort>({ ...firstSort })
  const facets = shallowRef<LibraryFacets | null>(null)
  const ids = shallowRef<readonly number[]>([])
  const selection = shallowRef<Selection>(noSelection)
  const foundPhotos = shallowRef<FoundPhotos | null>(null)
  const loaded = ref(false)
  const searching = ref(false)
  /** Long enough that the window says so. A newer question is answered all the same. */
  const searchingLong = ref(false)
  let asked = 0
  let counting: Promise<void> | null = null
  let countAgain = false
  /** Reviews changed since the list was asked for. */
  let stale = false
  let timer: ReturnType<typeof setTimeout> | null = null

  const metric = computed<MetricName>(() => filter.value.score?.metric ?? sort.value.metric)
  const rows = createRowCache((imageIds) => call('library.rows', { imageIds, modelId: filter.value.modelId, metric: metric.value }))
  const isFiltered = computed(() => countConditions(filter.value) > 0 || filter.value.text.trim() !== '')

  /** Asks for the ids anew. Of several answers only the one to the newest question counts. */
  async function loadIds(): Promise<void> {
    asked += 1
    const question = asked
    searching.value = true
    const long = setTimeout(() => (searchingLong.value = question === asked), sayAfter)
    try {
      const passing = await call('library.ids', { filter: { ...filter.value }, sort: { ...sort.value } })
      if (question !== asked) return
      const found = amongFound(passing)
      selection.value = keepIn(selection.value, ids.value, found)
      ids.value = found
      loaded.value = true
    } finally {
      clearTimeout(long)
      if (question === asked) searching.value = searchingLong.value = false
    }
  }

  /** What was found and passes the filter, in the order of the search; all that passes while nothing is searched for. */
  function amongFound(passing: number[]): number[] {
    if (foundPhotos.value === null) return passing
    const passes = new Set(passing)
    return foundPhotos.value.images.flatMap(({ imageId }) => (passes.has(imageId) ? [imageId] : []))
  }

  /** Shows what a search found, or all photos again. */
  async function showFound(photos: FoundPhotos | null): Promise<void> {
    foundPhotos.value = photos
    await loadIds()
  }

  const similarities = computed(() => new Map(foundPhotos.value?.images.map(({ imageId, similarity }) => [imageId, similarity])))

  /** Counts anew. Asked for while an answer is under way, it asks once more, so that the last answer holds all changes. */
  async function loadFacets(): Promise<void> {
    countAgain = counting !== null
    counting ??= (async () => {
      do {
        countAgain = false
        facets.value = await call('library.facets', { filter: { ...filter.value } })
      } while (countAgain)
    })().finally(() => (counting = null))
    return counting
  }

  async function load(): Promise<void> {
    rows.expire()
    await Promise.all([loadIds(), loadFacets()])
  }

  /** Sets filter and order without asking for the list. */
  function arrange(newFilter: LibraryFilter, newSort: LibrarySort): void {
    filter.value = newFilter
    sort.value = newSort
  }

  async function setFilter(part: Partial<LibraryFilter>): Promise<void> {
    const before = { model: filter.value.modelId, metric: metric.value }
    filter.value = { ...filter.value, ...part }
    if (before.model !== filter.value.modelId || before.metric !== metric.value) rows.expire()
    await Promise.all([loadIds(), loadFacets()])
  }

  const clearFilter = (): Promise<void> => setFilter({ ...anyFilter })

  async function setSort(part: Partial<LibrarySort>): Promise<void> {
    const before = metric.value
    sort.value = { ...sort.value, ...part }
    if (before !== metric.value) rows.expire()
    await loadIds()
  }

  /** A caption changed here: its photo's row and the counts follow at once. The list itself stays as it is until the Library is looked at again. */
  function reviewChanged(review: SavedReview): void {
    const { imageId, slot, state, text, photo } = review
    const standing = state === 'accepted' || state === 'corrected' || state === 'draft'
    const row = rows.get(imageId)
    if (row !== undefined) rows.put({ ...row, ...photo, reviewedText: slot > 0 ? row.reviewedText : standing ? text : null })
    // Which text comes first may then be another caption's business.
    if (slot > 0 || (!standing && photo.decided > 0)) rows.expire([imageId])
    if (row?.state !== photo.state) stale = true
    loadFacets().catch(() => undefined)
  }

  /** The Library comes into view: decisions made meanwhile change what its filter finds. */
  async function lookAgain(): Promise<void> {
    if (!stale) return
    stale = false
    await loadIds()
  }

  function refreshSoon(): void {
    timer ??= setTimeout(() => {
      timer = null
      // Not being able to refresh is told by whatever the person does next; what is shown stays.
      load().catch(() => undefined)
    }, refreshDelay)
  }

  function listenForChanges(): void {
    listen('workspaceChanged', refreshSoon)
  }

  /** Decides for those of many images that are in one of the states; one undo takes it back. Resolves to how many changed. */
  async function decideMany(imageIds: number[], decision: BulkDecision, states: readonly ReviewState[]): Promise<number> {
    const { changed } = await call('review.decideMany', { imageIds, decision, states: [...states] })
    rows.expire(imageIds)
    await Promise.all([loadFacets(), loadIds()])
    return changed
  }

  /** Is a saved list in view in its own order, whole? Then photos can be moved in it. */
  const isArrangeable = computed(() => filter.value.listId !== null && sort.value.by === 'list' && sort.value.direction === 'ascending')

  /** Shows a saved list in its own order, or all photos again. */
  async function showList(listId: number | null): Promise<void> {
    const by = listId === null ? (sort.value.by === 'list' ? 'position' : sort.value.by) : 'list'
    sort.value = { ...sort.value, by, ...(by === 'list' ? { direction: 'ascending' as const } : {}) }
    await setFilter({ listId })
  }

  /** Moves the selected photos one place earlier or later in the list. */
  async function moveSelected(by: -1 | 1): Promise<void> {
    const { listId } = filter.value
    const chosen = ids.value.filter((imageId) => selection.value.chosen.has(imageId))
    if (listId === null || !isArrangeable.value || chosen.length === 0) return
    const rest = ids.value.filter((imageId) => !selection.value.chosen.has(imageId))
    const first = ids.value.indexOf(chosen[0] ?? 0)
    const last = ids.value.indexOf(chosen.at(-1) ?? 0)
    const ahead = by < 0 ? ids.value.slice(0, first).at(-1) : ids.value.slice(last + 1).at(0)
    if (ahead === undefined) return
    const before = by < 0 ? ahead : (rest[rest.indexOf(ahead) + 1] ?? null)
    await moveBefore(listId, chosen, before)
  }

  async function moveBefore(listId: number, imageIds: number[], before: number | null): Promise<void> {
    await call('lists.move', { listId, imageIds, before })
    await loadIds()
  }

  /** What stood for earlier photos stands again for those that replaced them. The rest follows from what the workspace tells. */
  async function keepEarlier(imageIds: number[]): Promise<number> {
    const { kept } = await call('review.keepEarlier', { imageIds })
    return kept
  }

  /** Takes images out of the workspace; resolves to how many went and how many stayed because somebody worked on them. */
  async function remove(imageIds: number[]): Promise<{ removed: number; kept: number }> {
    const outcome = await call('images.remove', { imageIds })
    rows.expire(imageIds)
    await Promise.all([loadFacets(), loadIds()])
    return outcome
  }

  function clear(): void {
    asked += 1
    stale = false
    filter.value = { ...anyFilter }
    sort.value = { ...firstSort }
    facets.value = null
    ids.value = []
    selection.value = noSelection
    foundPhotos.value = null
    loaded.value = false
    rows.clear()
  }

  return {
    filter,
    sort,
    facets,
    ids,
    selection,
    loaded,
    searching,
    searchingLong,
    metric,
    rows,
    isFiltered,
    isArrangeable,
    showList,
    moveSelected,
    moveBefore,
    found: foundPhotos,
    similarities,
    load,
    arrange,
    loadIds,
    showFound,
    loadFacets,
    setFilter,
    clearFilter,
    setSort,
    reviewChanged,
    refreshSoon,
    lookAgain,
    listenForChanges,
    decideMany,
    keepEarlier,
    remove,
    clear,
  }
})
