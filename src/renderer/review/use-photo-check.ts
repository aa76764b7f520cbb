/** Opening an image, and coming back to the window, looks whether the photo that was imported still lies there: the page's cache would not tell. */
import { useEventListener } from '@vueuse/core'
import { onActivated, onDeactivated, ref, watch, type Ref } from 'vue'
import { toReport } from '#shared/errors.ts'
import { call } from '../bridge.ts'
import { useReviewQueue } from '../stores/review-queue.ts'

/** The image whose file is not there, as far as was looked. */
export function usePhotoCheck(): Ref<number | null> {
  const queue = useReviewQueue()
  const gone = ref<number | null>(null)
  let active = true
  const look = async (): Promise<void> => {
    const imageId = queue.currentId
    if (!active || imageId === null) return
    try {
      await call('images.look', { imageId })
      if (gone.value === imageId) gone.value = null
    } catch (error) {
      // What else cannot be read shows by itself.
      if (toReport(error).code === 'not-found') gone.value = imageId
    }
  }
  onActivated(() => {
    active = true
    void look()
  })
  onDeactivated(() => (active = false))
  watch(() => queue.currentId, look)
  useEventListener(window, 'focus', () => void look())
  return gone
}
