/** Rows of the library by image id, fetched a page at a time as the grid asks for them. Old rows stay in sight while newer ones come. */
import { shallowRef, triggerRef, type ShallowRef } from 'vue'
import type { LibraryRow } from '#shared/domain.ts'

const pageSize = 120
const mostKept = 12_000

export interface RowCache {
  /** Grows with every change of the rows; read it where rows are shown. */
  changes: ShallowRef<number>
  get(imageId: number): LibraryRow | undefined
  /** Sees to it that the rows of `ids[from..to)` are here or on their way. Fetches whole pages around them. */
  want(ids: readonly number[], from: number, to: number): Promise<void>
  put(row: LibraryRow): void
  /** Marks everything (or these images) as old: shown until it is fetched anew. */
  expire(imageIds?: Iterable<number>): void
  clear(): void
}

export function createRowCache(fetchRows: (imageIds: number[]) => Promise<LibraryRow[]>): RowCache {
  const rows = new Map<number, LibraryRow>()
  const fresh = new Set<number>()
  const underWay = new Set<number>()
  const changes = shallowRef(0)
  let generation = 0

  function changed(): void {
    changes.value += 1
    triggerRef(changes)
  }

  function makeRoom(keep: ReadonlySet<number>): void {
    if (rows.size <= mostKept) return
    for (const imageId of rows.keys()) {
      if (rows.size <= mostKept * 0.8) break
      if (keep.has(imageId)) continue
      rows.delete(imageId)
      fresh.delete(imageId)
    }
  }

  return {
    changes,
    get: (imageId) => rows.get(imageId),

    async want(ids, from, to) {
      const start = Math.max(0, Math.floor(from / pageSize) * pageSize)
      const end = Math.min(ids.length, Math.ceil(to / pageSize) * pageSize)
      const missing = ids.slice(start, end).filter((imageId) => !fresh.has(imageId) && !underWay.has(imageId))
      if (missing.length === 0) return
      const asked = generation
      for (const imageId of missing) underWay.add(imageId)
      try {
        const fetched = await fetchRows(missing)
        if (asked !== generation) return
        for (const row of fetched) {
          if (!underWay.has(row.imageId)) continue // changed while it was fetched: fetched again when it is wanted
          rows.set(row.imageId, row)
          fresh.add(row.imageId)
        }
        makeRoom(new Set(missing))
        changed()
      } finally {
        if (asked === generation) for (const imageId of missing) underWay.delete(imageId)
      }
    },

    put(row) {
      rows.set(row.imageId, row)
      underWay.delete(row.imageId)
      changed()
    },

    expire(imageIds) {
      if (imageIds === undefined) {
        generation += 1
        fresh.clear()
        underWay.clear()
      } else {
        for (const imageId of imageIds) {
          fresh.delete(imageId)
          underWay.delete(imageId)
        }
      }
      changed()
    },

    clear() {
      generation += 1
      rows.clear()
      fresh.clear()
      underWay.clear()
      changed()
    },
  }
}
