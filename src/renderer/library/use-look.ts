/** How the Library shows its photos: thumbnails of a size, or a list with columns. Kept in the person's settings. */
import { useNotices } from '../stores/notices.ts'
import { useSettings } from '../stores/settings.ts'

/** Widths of a thumbnail, in rem. */
export const thumbnailSizes = [7, 9, 11, 14, 18, 24, 36] as const

export interface Look {
  toggle(): void
  /** One step larger or smaller. */
  resize(by: -1 | 1): void
}

export function useLook(): Look {
  const notices = useNotices()
  const store = useSettings()
  return {
    toggle: () => void notices.attempt(() => store.change({ libraryView: store.settings.libraryView === 'grid' ? 'list' : 'grid' })),
    resize(by) {
      const now = store.settings.thumbnailSize
      const next = by > 0 ? thumbnailSizes.find((size) => size > now) : thumbnailSizes.findLast((size) => size < now)
      if (next !== undefined && store.settings.libraryView === 'grid') void notices.attempt(() => store.change({ thumbnailSize: next }))
    },
  }
}
