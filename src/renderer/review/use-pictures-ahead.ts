/** Decodes the pictures of the images around the one in front before they are asked for. */
import { watch } from 'vue'
import { imageAddress } from '../bridge.ts'
import { useReviewQueue } from '../stores/review-queue.ts'

export function usePicturesAhead(): void {
  const queue = useReviewQueue()
  const ahead = new Map<number, HTMLImageElement>()
  watch(
    () => queue.currentId,
    () => {
      const wanted = [1, 2, 3, -1].map((step) => queue.ids[queue.position + step]).filter((imageId) => imageId !== undefined)
      for (const imageId of wanted) {
        if (ahead.has(imageId)) continue
        const image = new Image()
        image.src = imageAddress(imageId)
        image.decode().catch(() => undefined) // shown as missing when it is opened
        ahead.set(imageId, image)
      }
      for (const imageId of ahead.keys()) if (!wanted.includes(imageId) && imageId !== queue.currentId) ahead.delete(imageId)
    },
    { immediate: true },
  )
}
