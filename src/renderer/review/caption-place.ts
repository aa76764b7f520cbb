/** A photo's caption as a key of maps, and the captions of a photo as the window walks through them. */
import type { CaptionPlace, ImageDetail, Review } from '#shared/domain.ts'
import { isUndecided, untouchedCaption } from '#shared/review.ts'

export type PlaceKey = `${number}.${number}`

export function placeKey({ imageId, slot }: CaptionPlace): PlaceKey {
  return `${imageId}.${slot}`
}

/** The caption as the disk holds it; one that nobody has begun where there is none. */
export function captionAt({ imageId, captions }: ImageDetail, slot: number): Review {
  return captions[slot] ?? untouchedCaption(imageId, slot)
}

/** The captions to show: as many as the project asks for, what was begun beyond, and the one in front. */
export function captionsInSight(detail: ImageDetail, slot: number): Review[] {
  const begun = detail.captions.findLastIndex(({ state }) => state !== 'pending') + 1
  return Array.from({ length: Math.max(detail.wanted, begun, slot + 1) }, (_, index) => captionAt(detail, index))
}

/** The next caption of the photo that waits for a decision, from the top again after the last; null where none waits. `decided` passes by what is under way. */
export function nextOpenSlot(detail: ImageDetail, from: number, decided: (slot: number) => boolean): number | null {
  const open = captionsInSight(detail, 0).filter(
    ({ state, slot }) => isUndecided(state) && (slot < detail.wanted || state === 'draft') && slot !== from && !decided(slot),
  )
  return (open.find(({ slot }) => slot > from) ?? open.at(0))?.slot ?? null
}

/** Where work on a photo begins: at its first caption that waits, else at the first. */
export function firstSlot(detail: ImageDetail): number {
  return nextOpenSlot(detail, -1, () => false) ?? 0
}
