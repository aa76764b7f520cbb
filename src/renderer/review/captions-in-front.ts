/** What the desk shows: the photo in front, its captions by people, and what is in hand for the one in front. */
import { computed, type ComputedRef, type Ref } from 'vue'
import type { Candidate, CaptionPlace, ImageDetail, PhotoStanding, Review } from '#shared/domain.ts'
import { photoStanding } from '#shared/review.ts'
import { captionAt, captionsInSight, placeKey, type PlaceKey } from './caption-place.ts'
import type { DetailCache } from './detail-cache.ts'
import type { SaveQueue } from './save-queue.ts'
import { chosenCandidate, differs, handState, startWork, type HandState, type Work } from './work.ts'

export interface ShownCaption {
  review: Review
  work: Work
  hand: HandState
}

export interface Desk {
  currentId: Readonly<Ref<number | null>>
  /** Which of the photo's captions is in front. */
  slot: Readonly<Ref<number>>
  details: DetailCache
  works: ReadonlyMap<PlaceKey, Work>
  saves: SaveQueue
}

export interface InFront {
  detail: ComputedRef<ImageDetail | null>
  place: ComputedRef<CaptionPlace | null>
  work: ComputedRef<Work | null>
  caption: ComputedRef<Review | null>
  candidate: ComputedRef<Candidate | null>
  /** Does the editor hold other words than the candidate? */
  changed: ComputedRef<boolean>
  saveState: ComputedRef<HandState>
  /** What the photo's captions come to. */
  photo: ComputedRef<PhotoStanding | null>
  /** All of the photo's captions, each with what is in hand for it. */
  captions: ComputedRef<ShownCaption[]>
}

export function captionsInFront({ currentId, slot, details, works, saves }: Desk): InFront {
  const detail = computed(() => (currentId.value === null ? null : (details.get(currentId.value) ?? null)))
  const place = computed(() => (currentId.value === null ? null : { imageId: currentId.value, slot: slot.value }))
  const work = computed(() => (place.value === null ? null : (works.get(placeKey(place.value)) ?? null)))
  const handOf = (seen: ImageDetail, mine: Work): HandState => handState(seen, mine, saves.stateOf(mine))
  return {
    detail,
    place,
    work,
    caption: computed(() => (detail.value === null ? null : captionAt(detail.value, slot.value))),
    candidate: computed(() => (detail.value === null || work.value === null ? null : chosenCandidate(detail.value, work.value.candidateId))),
    changed: computed(() => detail.value !== null && work.value !== null && differs(detail.value, work.value)),
    saveState: computed(() => (detail.value === null || work.value === null ? { kind: 'idle' } : handOf(detail.value, work.value))),
    photo: computed(() => {
      const states = detail.value?.captions.map(({ state }) => state)
      return detail.value === null || states === undefined ? null : photoStanding(states, detail.value.wanted)
    }),
    captions: computed(() => {
      const seen = detail.value
      if (seen === null) return []
      return captionsInSight(seen, slot.value).map((review) => {
        const mine = works.get(placeKey(review)) ?? startWork(seen, { slot: review.slot })
        return { review, work: mine, hand: handOf(seen, mine) }
      })
    }),
  }
}
