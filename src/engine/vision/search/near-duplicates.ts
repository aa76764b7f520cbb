/** Groups of photos that look the same: all pairs by cosine, joined where they are near enough. */
import { setImmediate } from 'node:timers/promises'
import { AppError } from '#shared/errors.ts'
import type { EmbeddingIndex } from './embedding-search.ts'

export interface DuplicateOptions {
  /** least cosine of two photos of a group (default 0.97) */
  similarity?: number
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

/** Photos between two looks at the clock and the abort signal. */
const stride = 64

/**
 * Groups of two keys or more, largest first. Nearness is passed on: a group may hold two photos that are near only to a third. Every pair is
 * compared, so the time grows with the square of the number of photos. Throws AppError `cancelled` on abort.
 */
export async function duplicateGroups(index: EmbeddingIndex, options: DuplicateOptions = {}): Promise<string[][]> {
  const { similarity = 0.97, signal, onProgress } = options
  const { keys } = index
  const parents = Int32Array.from(keys, (_, place) => place)
  const rootOf = (place: number): number => {
    let root = place
    while (parents[root] !== root) root = parents[root] = parents[parents[root]]
    return root
  }
  for (let place = 0; place < keys.length; place++) {
    for (const other of index.laterWithin(place, similarity)) parents[rootOf(other)] = rootOf(place)
    if (place % stride === 0) {
      onProgress?.(place, keys.length)
      await setImmediate()
      if (signal?.aborted === true) throw new AppError('cancelled', 'The search for duplicates was cancelled.')
    }
  }
  onProgress?.(keys.length, keys.length)
  const groups = new Map<number, string[]>()
  keys.forEach((key, place) => {
    const root = rootOf(place)
    groups.set(root, [...(groups.get(root) ?? []), key])
  })
  return [...groups.values()].filter((group) => group.length > 1).sort((a, b) => b.length - a.length)
}
