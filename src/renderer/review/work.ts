/** What an annotator has in hand for one image: the text in the editor, the chosen candidate, the marks. */
import type { Decision } from '#shared/api.ts'
import type { Candidate, ErrorType, ImageDetail } from '#shared/domain.ts'

export interface Work {
  imageId: number
  text: string
  candidateId: number | null
  rating: number | null
  errorTypes: ErrorType[]
  /** The revision that was in view when this was last typed. */
  seenRevision: number
  /** Was the text typed and not saved yet? */
  touched: boolean
}

/** Where work on an image starts: the text that stands, else the best candidate. */
export function startWork(detail: ImageDetail): Work {
  const { review } = detail
  const candidate = chosenCandidate(detail, review.candidateId) ?? detail.candidates[0] ?? null
  return {
    imageId: detail.imageId,
    text: review.text ?? candidate?.text ?? '',
    candidateId: candidate?.id ?? null,
    rating: review.rating,
    errorTypes: [...review.errorTypes],
    seenRevision: review.revision,
    touched: false,
  }
}

export function chosenCandidate(detail: ImageDetail, candidateId: number | null): Candidate | null {
  return detail.candidates.find((candidate) => candidate.id === candidateId) ?? null
}

/** Does the text say something else than the chosen candidate? White space at the ends does not count. */
export function differs(detail: ImageDetail, work: Work): boolean {
  return work.text.trim() !== (chosenCandidate(detail, work.candidateId)?.text ?? '').trim()
}

/** The decision that Ctrl+Enter makes: accept an unchanged candidate, else save the text as a correction; null for an empty text. */
export function decisionToSave(detail: ImageDetail, work: Work): Decision | null {
  if (work.candidateId !== null && !differs(detail, work)) return { kind: 'accept', candidateId: work.candidateId, rating: work.rating }
  const text = work.text.trim()
  if (text === '') return null
  return { kind: 'correct', candidateId: work.candidateId, text, errorTypes: [...work.errorTypes], rating: work.rating }
}

/** Is what the editor holds what the disk holds already? */
export function standsAlready(detail: ImageDetail, work: Work): boolean {
  const { text, rating, errorTypes } = detail.review
  if (rating !== work.rating || !sameMarks(errorTypes, work.errorTypes)) return false
  return text === null ? !differs(detail, work) : text === work.text
}

/** The same error types, in whatever order they were set. */
export function sameMarks(one: readonly ErrorType[], other: readonly ErrorType[]): boolean {
  return one.length === other.length && one.every((type) => other.includes(type))
}

/** May work in hand stay when the image's detail was fetched anew? Typed text always stays; a choice stays while its candidate and review do. */
export function stillFits(detail: ImageDetail, work: Work): boolean {
  if (work.touched) return true
  if (detail.review.revision !== work.seenRevision) return false
  return work.candidateId === null ? detail.candidates.length === 0 : chosenCandidate(detail, work.candidateId) !== null
}
