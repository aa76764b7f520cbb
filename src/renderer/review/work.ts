/** What an annotator has in hand for one caption of a photo (the text in the editor, the chosen candidate, the marks), and what of it is on disk. */
import type { Decision } from '#shared/api.ts'
import type { Candidate, CaptionPlace, ErrorType, ImageDetail } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { isUndecided, tidyCaption } from '#shared/review.ts'
import { closestText } from '#shared/token-diff.ts'
import { keyOf } from '../keyboard/table.ts'
import { captionAt } from './caption-place.ts'
import type { SaveState } from './save-queue.ts'

/** What was changed by hand and is not known to be on disk: marks alone leave a decision as it is, words are a draft. */
export type Unsaved = 'nothing' | 'marks' | 'words'

export interface Work extends CaptionPlace {
  text: string
  candidateId: number | null
  rating: number | null
  errorTypes: ErrorType[]
  /** The revision that was in view when this was last typed. */
  seenRevision: number
  unsaved: Unsaved
}

/** What the window says of the caption in front. `saved` only where the disk holds what is shown. */
export type HandState = SaveState | { kind: 'unsaved' }

export interface Start {
  slot: number
  /** The model whose candidate comes before others: its failures or scores are walked through. A draft stays with its own. */
  preferredModel?: string | null
  /** Candidates that other captions of the photo are made of, beside those that the disk knows of. */
  taken?: ReadonlySet<number | null>
}

/** Where work on a caption starts: the text that stands, else the best candidate that no other caption of the photo is made of, else no words. */
export function startWork(detail: ImageDetail, { slot, preferredModel = null, taken }: Start): Work {
  const review = captionAt(detail, slot)
  const free = freeCandidates(detail, slot).filter(({ id }) => taken?.has(id) !== true)
  const preferred = preferredModel === null ? undefined : free.find(({ modelId }) => modelId === preferredModel)
  const standing = chosenCandidate(detail, review.candidateId)
  const candidate = (review.state === 'draft' ? (standing ?? preferred) : (preferred ?? standing)) ?? free.at(0) ?? null
  return {
    imageId: detail.imageId,
    slot,
    text: review.text ?? candidate?.text ?? '',
    candidateId: candidate?.id ?? null,
    rating: review.rating,
    errorTypes: [...review.errorTypes],
    seenRevision: review.revision,
    unsaved: 'nothing',
  }
}

/** The candidates that no other caption of the photo is made of. */
function freeCandidates({ candidates, captions }: ImageDetail, slot: number): Candidate[] {
  const taken = new Set(captions.filter((other) => other.slot !== slot && other.state !== 'pending').map(({ candidateId }) => candidateId))
  return candidates.filter(({ id }) => !taken.has(id))
}

export function chosenCandidate(detail: ImageDetail, candidateId: number | null): Candidate | null {
  return detail.candidates.find((candidate) => candidate.id === candidateId) ?? null
}

/** Does the text say something else than the chosen candidate? White space does not count. */
export function differs(detail: ImageDetail, work: Work): boolean {
  return tidyCaption(work.text) !== tidyCaption(chosenCandidate(detail, work.candidateId)?.text ?? '')
}

/** Ctrl+Enter: accept an unchanged candidate, else save the text as a correction. @throws AppError for an empty text */
export function decisionToSave(detail: ImageDetail, work: Work): Decision {
  const { candidateId, rating } = work
  const errorTypes = [...work.errorTypes]
  if (candidateId !== null && !differs(detail, work)) return { kind: 'accept', candidateId, errorTypes, rating }
  const text = tidyCaption(work.text)
  if (text === '') throw new AppError('bad-input', 'There are no words to save.', { todo: `Write a caption, or reject the image${keyOf('review.reject')}.` })
  return { kind: 'correct', candidateId, text, errorTypes, rating }
}

/** A: the chosen candidate as it is. @throws AppError without one, and while the editor holds other words, so that none are lost by one key */
export function decisionToAccept(detail: ImageDetail, work: Work): Decision {
  const { candidateId, errorTypes, rating } = work
  if (candidateId === null)
    throw new AppError('not-found', 'This image has no candidate to accept.', {
      todo: `Write a caption${keyOf('review.edit')}, or caption the image in the Library.`,
    })
  refuseOtherWords(detail, work)
  return { kind: 'accept', candidateId, errorTypes: [...errorTypes], rating }
}

/** C: the closest reference becomes the correction. @throws AppError without references, and while the editor holds words of one's own */
export function decisionByReference(detail: ImageDetail, work: Work): Decision {
  refuseOtherWords(detail, work)
  const reference = closestText(detail.references, work.text)
  if (reference === null)
    throw new AppError('not-found', 'This image came without references.', { todo: `Write the correction yourself${keyOf('review.edit')}.` })
  const { candidateId, errorTypes, rating } = work
  return { kind: 'correct', candidateId, text: reference.text, errorTypes: [...errorTypes], rating }
}

function refuseOtherWords(detail: ImageDetail, work: Work): void {
  if (!differs(detail, work)) return
  throw new AppError('conflict', 'The editor holds other words than the candidate.', {
    kept: 'Nothing was decided.',
    todo: `Save them as a correction${keyOf('review.save')}, or put the candidate back${keyOf('review.take-candidate')}.`,
  })
}

/** Is what the editor holds what the disk holds? A draft stands with its candidate; what is decided stands whatever candidate is looked at. */
export function standsAlready(detail: ImageDetail, work: Work): boolean {
  const { state, text, rating, errorTypes, candidateId } = captionAt(detail, work.slot)
  if (rating !== work.rating || !sameMarks(errorTypes, work.errorTypes)) return false
  if (text === null) return !differs(detail, work)
  return text === work.text && (state !== 'draft' || candidateId === work.candidateId)
}

/** What the window says: how the save goes, that something is not saved yet, or what the disk holds of what is shown. */
export function handState(detail: ImageDetail, work: Work, save: SaveState): HandState {
  if (save.kind === 'saving') return save
  if (work.unsaved !== 'nothing') return save.kind === 'failed' ? save : { kind: 'unsaved' }
  const { state } = captionAt(detail, work.slot)
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
  if (captionAt(detail, work.slot).revision !== work.seenRevision) return false
  return work.candidateId === null ? freeCandidates(detail, work.slot).length === 0 : chosenCandidate(detail, work.candidateId) !== null
}
