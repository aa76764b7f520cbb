/** What the keys and buttons that decide do: they refuse where something is missing, ask on a photo that was hardly seen, and tell why. */
import { watch } from 'vue'
import { toReport } from '#shared/errors.ts'
import { useNotices } from '../stores/notices.ts'
import { useReview } from '../stores/review.ts'
import { placeKey } from './caption-place.ts'
import { createFirstLook } from './first-look.ts'

export interface Decisions {
  accept(): void
  save(): void
  correctByReference(): void
  reject(): void
  skip(): void
  reopen(): void
  /** The picture of an image is on screen. */
  shown(imageId: number): void
}

/** `decided` is called after a decision was sent. */
export function useDecisions(decided: () => void): Decisions {
  const notices = useNotices()
  const review = useReview()
  const firstLook = createFirstLook()

  /** Runs something that may refuse with an AppError, and shows why. */
  function decide(what: string, work: () => void): void {
    if (review.place === null || review.detail === null || review.work === null) return
    // Who typed about a photo has seen it.
    const sure = review.work.unsaved === 'words' || firstLook.mayDecide(placeKey(review.place), what)
    if (!sure) {
      notices.show('info', `Do it again to ${what}: ${review.detail.fileName} has only just appeared`)
      return
    }
    try {
      work()
      decided()
    } catch (error) {
      const report = toReport(error)
      notices.show('info', report.happened, { details: [report.kept, report.todo] })
    }
  }
  /** The photo that is on screen: its next caption is looked at when it is turned to. */
  let onScreen: number | null = null
  function shown(imageId: number): void {
    onScreen = imageId
    if (review.place?.imageId === imageId) firstLook.shown(placeKey(review.place))
  }
  watch(
    () => review.place,
    (place) => {
      if (place !== null && place.imageId === onScreen) firstLook.shown(placeKey(place))
    },
    { flush: 'sync' },
  )
  const marks = () => ({ errorTypes: [...(review.work?.errorTypes ?? [])], rating: review.work?.rating ?? null })

  return {
    accept: () => decide('accept it', () => review.acceptHere()),
    save: () => decide('save it', () => review.saveHere()),
    correctByReference: () => decide('correct it', () => review.correctByReferenceHere()),
    reject: () => decide('reject it', () => review.decideHere({ kind: 'reject', candidateId: review.work?.candidateId ?? null, ...marks() })),
    skip: () => decide('skip it', () => review.decideHere({ kind: 'skip' })),
    reopen: () =>
      decide('reopen it', () => {
        const state = review.caption?.state
        if (state !== undefined && state !== 'pending' && state !== 'draft') review.decideHere({ kind: 'reopen' })
      }),
    shown,
  }
}
