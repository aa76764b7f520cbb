/** Opening an image, and coming back to the window, looks whether the photo that was imported still lies there: the page's cache would not tell. */
import { useEventListener } from '@vueuse/core'
import { onActivated, onDeactivated, watch } from 'vue'
import { call } from '../bridge.ts'
import { useReviewQueue } from '../stores/review-queue.ts'

export function usePhotoCheck(): void {
  const queue = useReviewQueue()
  let active = true
  const look = (): void => {
    // What cannot be read shows as missing.
    if (active && queue.currentId !== null) call('images.look', { imageId: queue.currentId }).catch(() => undefined)
  }
  onActivated(() => {
    active = true
    look()
  })
  onDeactivated(() => (active = false))
  watch(() => queue.currentId, look)
  useEventListener(window, 'focus', look)
}
