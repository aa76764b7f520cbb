/** A decision on a photo that was on screen for less than a blink was meant for another one: it is asked for twice. */

const blink = 250 // milliseconds

export interface FirstLook {
  /** The photo is on screen from now on (or it is known that it cannot be shown). */
  shown(imageId: number): void
  /** May this be decided? The first time that it may not counts as asking; the same key after that decides. */
  mayDecide(imageId: number, what: string): boolean
}

export function createFirstLook(now: () => number = () => performance.now()): FirstLook {
  let seen: { imageId: number; since: number } | null = null
  let asked: { imageId: number; what: string; at: number } | null = null
  const longAgo = (time: number): boolean => now() - time >= blink

  return {
    shown(imageId) {
      if (seen?.imageId !== imageId) seen = { imageId, since: now() }
    },
    mayDecide(imageId, what) {
      if (seen?.imageId === imageId && longAgo(seen.since)) return true
      if (asked?.imageId === imageId && asked.what === what && longAgo(asked.at)) return true
      asked = { imageId, what, at: now() }
      return false
    },
  }
}
