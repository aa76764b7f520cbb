/** What an annotator has in hand for one image (the text in the editor, the chosen candidate, the marks), and what of it is on disk. */
import type { Decision } from '#shared/api.ts'
import type { Candidate, ErrorType, ImageDetail } from '#shared/domain.ts'
import { isUndecided, tidyCaption } from '#shared/review.ts'
import type { SaveState } from './save-queue.ts'

/** What was changed by hand and is not known to be on disk: marks alone leave a decision as it is, words are a draft. */
export type Unsaved = 'nothing' | 'marks' | 'words'

export interface Work {
  imageId: number
  text: string
  candidateId: number | null
  rating: number | null
  errorTypes: ErrorType[]
  /** The revision that was in view when this was last typed. */
  seenRevision: number
  unsaved: Unsaved
}

/** What the window says of the image in front. `saved` only where the disk holds what is shown. */
export type HandState = SaveState | { kind: 'unsaved' }

/**
 * Where work on an image starts: the text that stands, else the best candidate. The candidate of a preferred model (whose failures or scores are
 * walked through) is chosen before others, but for a draft, which stays with its own.
 */
export function startWork(detail: ImageDetail, preferredModel: string | null = null): Work {
  const { review } = detail
  const preferred = preferredModel === null ? undefined : detail.candidates.find(({ modelId }) => modelId === preferredModel)
  const standing = chosenCandidate(detail, review.candidateId)
  const candidate = (review.state === 'draft' ? (standing ?? preferred) : (preferred ?? standing)) ?? detail.candidates[0] ?? null
  return {
    imageId: detail.imageId,
    text: review.text ?? candidate?.text ?? '',
    candidateId: candidate?.id ?? null,
    rating: review.rating,
    errorTypes: [...review.errorTypes],
    seenRevision: review.revision,
    unsaved: 'nothing',
  }
}

export function chosenCandidate(detail: ImageDetail, candidateId: number | null): Candidate | null {
  return detail.candidates.find((candidate) => candidate.id === candidateId) ?? null
}

/** Does the text say something else than the chosen candidate? White space does not count. */
export function differs(detail: ImageDetail, work: Work): boolean {
  return tidyCaption(work.text) !== tidyCaption(chosenCandidate(detail, work.candidateId)?.text ?? '')
}

/** The decision that Ctrl+Enter makes: accept an unchanged candidate, else save the text as a correction; null for an empty text. */
export function decisionToSave(detail: ImageDetail, work: Work): Decision | null {
  const { candidateId, rating } = work
  const errorTypes = [...work.errorTypes]
  if (candidateId !== null && !differs(detail, work)) return { kind: 'accept', candidateId, errorTypes, rating }
  const text = tidyCaption(work.text)
  return text === '' ? null : { kind: 'correct', candidateId, text, errorTypes, rating }
}

/** Is what the editor holds what the disk holds? A draft stands with its candidate; what is decided stands whatever candidate is looked at. */
export function standsAlready(detail: ImageDetail, work: Work): boolean {
  const { state, text, rating, errorTypes, candidateId } = detail.review
  if (rating !== work.rating || !sameMarks(errorTypes, work.errorTypes)) return false
  if (text === null) return !differs(detail, work)
  return text === work.text && (state !== 'draft' || candidateId === work.candidateId)
}

/** What the window says: how the save goes, that something is not saved yet, or what the disk holds of what is shown. */
export function handState(detail: ImageDetail, work: Work, save: SaveState): HandState {
  if (save.kind === 'saving') return save
  if (work.unsaved !== 'nothing') return save.kind === 'failed' ? save : { kind: 'unsaved' }
  const { state } = detail.review
  if (state === 'pending' || !standsAlready(detail, work)) return { kind: 'idle' }
  return { kind: 'saved', what: isUndecided(state) ? 'draft' : 'decision' }
}

/** The same error types, in whatever order they were set. */
export function sameMarks(one: readonly ErrorType[], other: readonly ErrorType[]): boolean {
  return one.length === other.length && one.every((type) => other.includes(type))
}

/** May work in hand stay when the image's detail was fetched anew? Typed text always stays; a choice stays while its candidate and review do. */
export function stillFits(detail: ImageDetail, work: Work): boolean {
  if (work.unsaved !== 'nothing') return true
  if (detail.review.revision !== work.seenRevision) return false
  return work.candidateId === null ? detail.candidates.length === 0 : chosenCandidate(detail, work.candidateId) !== null
}
