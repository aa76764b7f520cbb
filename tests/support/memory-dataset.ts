/** Images and their reviews in memory, with revisions that refuse stale edits as the workspace does. */
import type { Decision } from '#shared/api.ts'
import {
  reviewStates,
  type Candidate,
  type ImageDetail,
  type LibraryFacets,
  type LibraryRow,
  type PhotoStanding,
  type Review,
  type SavedReview,
} from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { photoStanding, untouchedCaption } from '#shared/review.ts'
import type { Handlers } from './memory-bridge.ts'

export interface MemoryDataset {
  images: Map<number, ImageDetail>
  /** Everything that was written, in order: image and text (or decision). */
  written: { imageId: number; what: string }[]
  handlers: Handlers
}

interface Seen {
  imageId: number
  slot: number
  expectedRevision: number
}

function photoOf({ captions, wanted }: ImageDetail): PhotoStanding {
  return photoStanding(
    captions.map(({ state }) => state),
    wanted,
  )
}

export function candidateOf(imageId: number, rank: number, text: string): Candidate {
  return {
    id: imageId * 10 + rank,
    modelId: 'base',
    modelName: 'Base',
    rank,
    text,
    logProbability: -4 - rank,
    tokenLogProbabilities: null,
    beam: 3,
    scores: {},
    createdAt: '2026-01-01T00:00:00.000Z',
  }
}

export function createMemoryDataset(count: number, wanted = 1): MemoryDataset {
  const images = new Map<number, ImageDetail>()
  const written: MemoryDataset['written'] = []
  for (let imageId = 1; imageId <= count; imageId += 1) images.set(imageId, imageOf(imageId, wanted))

  function imageAt(imageId: number): ImageDetail {
    const found = images.get(imageId)
    if (found === undefined) throw new AppError('not-found', `There is no image ${imageId}.`)
    return found
  }

  function write({ imageId, slot, expectedRevision }: Seen, part: Partial<Review>, what: string): SavedReview {
    const image = imageAt(imageId)
    const before = image.captions.at(slot) ?? untouchedCaption(imageId, slot)
    if (before.revision !== expectedRevision) throw new AppError('conflict', 'The image was changed in the meantime.', { kept: 'The newer state was kept.' })
    const review: Review = { ...before, ...part, revision: expectedRevision + 1, author: 'Ada' }
    const captions = [...image.captions]
    captions[slot] = review
    images.set(imageId, { ...image, captions })
    written.push({ imageId, what })
    return { ...review, photo: photoOf(imageAt(imageId)) }
  }

  return {
    images,
    written,
    handlers: {
      'images.get': ({ imageId }) => imageAt(imageId),
      'library.ids': ({ filter }) =>
        [...images.values()]
          .filter((image) => (filter.states ?? []).length === 0 || (filter.states ?? []).includes(photoOf(image).state))
          .map((image) => image.imageId),
      'library.facets': () => {
        const states = Object.fromEntries(reviewStates.map((state) => [state, [...images.values()].filter((image) => photoOf(image).state === state).length]))
        const splits = { train: images.size, dev: 0, test: 0, none: 0 }
        return {
          total: images.size,
          states: states as LibraryFacets['states'],
          splits,
          captioned: images.size,
          notCaptioned: 0,
          withReferences: images.size,
          ratings: {},
          errorTypes: {},
          tags: {},
          authors: [],
          changed: 0,
          begun: 0,
        }
      },
      'library.rows': ({ imageIds }) => imageIds.map((imageId) => rowOf(imageAt(imageId))),
      'review.saveDraft': ({ candidateId, text, errorTypes = [], rating = null, ...seen }) =>
        write(seen, { state: 'draft', text, candidateId, errorTypes, rating }, `draft: ${text}`),
      'review.mark': ({ errorTypes, rating, ...seen }) => write(seen, { errorTypes, rating }, `marks: ${rating ?? 0}`),
      'review.decide': ({ decision, ...seen }) =>
        write(seen, standing(imageAt(seen.imageId), decision), decision.kind === 'correct' ? decision.text : decision.kind),
    },
  }
}

function imageOf(imageId: number, wanted: number): ImageDetail {
  return {
    imageId,
    fileName: `${imageId}.jpg`,
    path: `${imageId}.jpg`,
    width: 640,
    height: 480,
    split: 'train',
    tags: [],
    candidates: [candidateOf(imageId, 0, `best caption of ${imageId}`), candidateOf(imageId, 1, `second caption of ${imageId}`)],
    captioningFailure: null,
    references: [
      {
        id: imageId,
        text: `reference of ${imageId}`,
        source: 'test',
        corrects: null,
        author: null,
        writtenAt: null,
        asideBy: null,
        asideAt: null,
      },
    ],
    referencesAside: [],
    captions: Array.from({ length: wanted }, (_, slot) => untouchedCaption(imageId, slot)),
    wanted,
    corrections: [],
    earlier: null,
  }
}

function rowOf(image: ImageDetail): LibraryRow {
  return {
    imageId: image.imageId,
    fileName: image.fileName,
    split: image.split,
    width: image.width,
    height: image.height,
    ...photoOf(image),
    caption: image.candidates[0]?.text ?? null,
    reviewedText: image.captions.find(({ text }) => text !== null)?.text ?? null,
    score: null,
    references: image.references.length,
    logProbability: null,
    rating: image.captions[0].rating,
    updatedAt: image.captions[0].updatedAt,
    tags: image.tags,
    changed: image.earlier !== null,
  }
}

function standing(image: ImageDetail, decision: Decision): Partial<Review> {
  switch (decision.kind) {
    case 'accept': {
      const text = image.candidates.find((candidate) => candidate.id === decision.candidateId)?.text ?? null
      return { state: 'accepted', text, candidateId: decision.candidateId, errorTypes: decision.errorTypes ?? [], rating: decision.rating }
    }
    case 'correct':
      return { state: 'corrected', text: decision.text, candidateId: decision.candidateId, errorTypes: decision.errorTypes, rating: decision.rating }
    case 'reject':
      return { state: 'rejected', text: null, errorTypes: decision.errorTypes, rating: decision.rating }
    case 'skip':
      return { state: 'skipped' }
    case 'reopen':
      return { state: 'pending', text: null, candidateId: null, errorTypes: [], rating: null }
  }
}
