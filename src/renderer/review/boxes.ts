/** Boxes in shares of an image: drawn between two places, moved and resized inside it. */
import type { Box } from '../stores/regions.ts'

/** A click is no box. */
export const smallestSide = 0.01

export type Place = readonly [x: number, y: number]

/** What a drag takes hold of: the whole box or one of its corners. */
export const handles = ['top-left', 'top-right', 'bottom-left', 'bottom-right'] as const
export type Handle = (typeof handles)[number]

const within = (value: number, most = 1): number => Math.min(Math.max(value, 0), most)

export function boxBetween(from: Place, to: Place): Box {
  return { left: Math.min(from[0], to[0]), top: Math.min(from[1], to[1]), width: Math.abs(to[0] - from[0]), height: Math.abs(to[1] - from[1]) }
}

/** The box further right and down by these shares, as far as the image goes. */
export function moved(box: Box, by: Place): Box {
  return { ...box, left: within(box.left + by[0], 1 - box.width), top: within(box.top + by[1], 1 - box.height) }
}

/** The box with one corner moved; the opposite one stays. */
export function resized(box: Box, handle: Handle, by: Place): Box {
  const [vertical, horizontal] = handle.split('-')
  const [right, bottom] = [box.left + box.width, box.top + box.height]
  const left = horizontal === 'left' ? within(box.left + by[0], right - smallestSide) : box.left
  const top = vertical === 'top' ? within(box.top + by[1], bottom - smallestSide) : box.top
  const toRight = horizontal === 'right' ? within(Math.max(right + by[0], left + smallestSide)) : right
  const toBottom = vertical === 'bottom' ? within(Math.max(bottom + by[1], top + smallestSide)) : bottom
  return { left, top, width: toRight - left, height: toBottom - top }
}

export function boxStyle({ left, top, width, height }: Box): Record<string, string> {
  const percent = (share: number): string => `${100 * share}%`
  return { left: percent(left), top: percent(top), width: percent(width), height: percent(height) }
}
