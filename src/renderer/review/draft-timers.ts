/** When what is typed goes out: when typing rests for a moment, and at the latest a little after the first word that is not sent. */
import type { CaptionPlace } from '#shared/domain.ts'
import { placeKey, type PlaceKey } from './caption-place.ts'

const rest = 400 // milliseconds
const patience = 1500

export interface DraftTimers {
  soon(place: CaptionPlace): void
  /** Returns whether something waited to be sent. */
  stop(place: CaptionPlace): boolean
  flush(place: CaptionPlace): void
  flushAll(): void
  clear(): void
}

export function createDraftTimers(send: (place: CaptionPlace) => void): DraftTimers {
  const timers = new Map<PlaceKey, { place: CaptionPlace; timer: ReturnType<typeof setTimeout>; due: number }>()

  function stop(place: CaptionPlace): boolean {
    clearTimeout(timers.get(placeKey(place))?.timer)
    return timers.delete(placeKey(place))
  }

  function flush(place: CaptionPlace): void {
    if (stop(place)) send(place)
  }

  return {
    soon({ imageId, slot }) {
      const place = { imageId, slot }
      const now = performance.now()
      const due = timers.get(placeKey(place))?.due ?? now + patience
      stop(place)
      timers.set(placeKey(place), { place, due, timer: setTimeout(() => flush(place), Math.max(0, Math.min(rest, due - now))) })
    },
    stop,
    flush,
    flushAll: () => [...timers.values()].forEach(({ place }) => flush(place)),
    clear: () => [...timers.values()].forEach(({ place }) => stop(place)),
  }
}
