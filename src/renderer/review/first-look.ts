/** A decision on a caption whose photo was on screen for less than a blink was meant for another one: it is asked for twice. */
import type { PlaceKey } from './caption-place.ts'

const blink = 250 // milliseconds

export interface FirstLook {
  /** The caption's photo is on screen from now on (or it is known that it cannot be shown). */
  shown(place: PlaceKey): void
  /** May this be decided? The first time that it may not counts as asking; the same key after that decides. */
  mayDecide(place: PlaceKey, what: string): boolean
}

export function createFirstLook(now: () => number = () => performance.now()): FirstLook {
  let seen: { place: PlaceKey; since: number } | null = null
  let asked: { place: PlaceKey; what: string; at: number } | null = null
  const longAgo = (time: number): boolean => now() - time >= blink

  return {
    shown(place) {
      if (seen?.place !== place) seen = { place, since: now() }
    },
    mayDecide(place, what) {
      if (seen?.place === place && longAgo(seen.since)) return true
      if (asked?.place === place && asked.what === what && longAgo(asked.at)) return true
      asked = { place, what, at: now() }
      return false
    },
  }
}
