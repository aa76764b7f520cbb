/** Photos of a saved list dragged to another place of it: the dragged one, or with it all that are selected. */
import { ref, type Ref } from 'vue'
import { useLibrary } from '../stores/library.ts'
import { useNotices } from '../stores/notices.ts'

export interface Dragging {
  /** Before which photo it would be dropped. */
  target: Readonly<Ref<number | null>>
  start(event: DragEvent, imageId: number): void
  over(event: DragEvent, imageId: number): void
  leave(imageId: number): void
  drop(event: DragEvent, imageId: number): void
  end(): void
}

export function useDragging(): Dragging {
  const library = useLibrary()
  const notices = useNotices()
  const target = ref<number | null>(null)
  let dragged: number[] = []

  function end(): void {
    dragged = []
    target.value = null
  }

  return {
    target,
    start(event, imageId) {
      const { chosen } = library.selection
      dragged = chosen.has(imageId) ? library.ids.filter((id) => chosen.has(id)) : [imageId]
      event.dataTransfer?.setData('text/plain', String(imageId))
    },
    over(event, imageId) {
      if (dragged.length === 0 || dragged.includes(imageId)) return
      event.preventDefault()
      target.value = imageId
    },
    leave(imageId) {
      if (target.value === imageId) target.value = null
    },
    drop(event, imageId) {
      const { listId } = library.filter
      const moved = dragged
      end()
      if (moved.length === 0 || listId === null || moved.includes(imageId)) return
      event.preventDefault()
      void notices.attempt(() => library.moveBefore(listId, moved, imageId))
    },
    end,
  }
}
