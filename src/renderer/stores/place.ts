/** Where a person was in a workspace: the filter, the order and the photo in front. It is kept for the next start. */
import { defineStore } from 'pinia'
import { watch } from 'vue'
import { call } from '../bridge.ts'
import { useLibrary } from './library.ts'
import { useReviewQueue } from './review-queue.ts'
import { noSelection } from './selection.ts'

const rest = 500 // milliseconds without a move before it is written down

export const usePlace = defineStore('place', () => {
  const library = useLibrary()
  const queue = useReviewQueue()
  let timer: ReturnType<typeof setTimeout> | undefined
  let following = false

  function keep(): void {
    const imageId = queue.currentId ?? library.ids[library.selection.focus] ?? null
    // It is a convenience: where it cannot be kept, the next start begins at the top.
    call('workspace.keepPlace', { filter: { ...library.filter }, sort: { ...library.sort }, imageId }).catch(() => undefined)
  }

  watch(
    () => [library.filter, library.sort, queue.currentId, library.selection.focus] as const,
    () => {
      clearTimeout(timer)
      if (following) timer = setTimeout(keep, rest)
    },
  )

  /** Goes back to where the person was. Loads the Library's list. */
  async function restore(): Promise<void> {
    const place = await call('workspace.place').catch(() => null)
    if (place !== null) library.arrange(place.filter, place.sort)
    try {
      await library.load()
    } catch (error) {
      if (place === null) throw error
      // The filter names what is not there any more.
      library.clear()
      await library.load()
    }
    const focus = place?.imageId == null ? -1 : library.ids.indexOf(place.imageId)
    if (focus >= 0) library.selection = { ...noSelection, anchor: focus, focus }
    following = true
  }

  function clear(): void {
    following = false
    clearTimeout(timer)
  }

  return { restore, clear }
})
