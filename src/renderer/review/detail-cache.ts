/** Details of images that are in view or next in line. An older answer never replaces a newer review. */
import { shallowReactive } from 'vue'
import type { ImageDetail, Review } from '#shared/domain.ts'

export interface DetailCache {
  get(imageId: number): ImageDetail | undefined
  /** The detail, from the cache while it is fresh. */
  load(imageId: number): Promise<ImageDetail>
  /** A review that came back from a save. */
  putReview(review: Review): void
  /** What is kept stays in sight, and is fetched anew when it is asked for again. */
  expire(imageIds?: Iterable<number>): void
  clear(): void
}

/** Of each caption what has the higher revision. */
function newest(fetched: readonly Review[], known: readonly Review[]): Review[] {
  const merged = [...fetched]
  for (const caption of known) if ((merged[caption.slot]?.revision ?? -1) < caption.revision) merged[caption.slot] = caption
  return merged
}

export function createDetailCache(fetchDetail: (imageId: number) => Promise<ImageDetail>, mostKept = 48): DetailCache {
  const details = shallowReactive(new Map<number, ImageDetail>())
  const fresh = new Set<number>()
  const underWay = new Map<number, Promise<ImageDetail>>()

  function put(detail: ImageDetail): ImageDetail {
    const before = details.get(detail.imageId)
    const merged = before === undefined ? detail : { ...detail, captions: newest(detail.captions, before.captions) }
    details.delete(detail.imageId)
    details.set(detail.imageId, merged)
    for (const oldest of details.keys()) {
      if (details.size <= mostKept) break
      details.delete(oldest)
      fresh.delete(oldest)
    }
    return merged
  }

  function fetchNow(imageId: number): Promise<ImageDetail> {
    fresh.add(imageId)
    const work: Promise<ImageDetail> = fetchDetail(imageId).then(
      (detail) => {
        if (underWay.get(imageId) === work) underWay.delete(imageId)
        return put(detail)
      },
      (error: unknown) => {
        if (underWay.get(imageId) === work) {
          underWay.delete(imageId)
          fresh.delete(imageId)
        }
        throw error
      },
    )
    underWay.set(imageId, work)
    return work
  }

  return {
    get: (imageId) => details.get(imageId),
    load(imageId) {
      const cached = details.get(imageId)
      if (!fresh.has(imageId)) return fetchNow(imageId)
      return underWay.get(imageId) ?? (cached === undefined ? fetchNow(imageId) : Promise.resolve(cached))
    },
    putReview(review) {
      const detail = details.get(review.imageId)
      if (detail !== undefined) details.set(review.imageId, { ...detail, captions: newest(detail.captions, [review]) })
    },
    expire(imageIds) {
      if (imageIds === undefined) fresh.clear()
      else for (const imageId of imageIds) fresh.delete(imageId)
    },
    clear() {
      details.clear()
      fresh.clear()
      underWay.clear()
    },
  }
}
