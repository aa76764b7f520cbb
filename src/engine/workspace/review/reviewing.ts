/**
 * Decisions about images. Each change is one transaction: review, correction and undo entry together, or nothing. When a function returns,
 * the change is on disk.
 */
import type { Decision, VerbParsed } from '#shared/api.ts'
import type { Review, ReviewState } from '#shared/domain.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import { bulkStates, isUndecided, oneLine, tidyCaption, type BulkDecision } from '#shared/review.ts'
import type { Database } from '../storage/database.ts'
import { actionChanges, actionRegions, nextAction, recordAction, turnAction, type ActionChange, type Side } from '../repositories/actions.ts'
import { bestCaptions, findCaption } from '../repositories/captions.ts'
import { refreshImageText } from '../repositories/image-text.ts'
import { getImage } from '../repositories/images.ts'
import { actionArrangements, restoreArrangements } from '../labels/arranging.ts'
import { restoreRegions } from './region-editing.ts'
import type { ReviewContext } from './review-context.ts'
import { wordDifference } from './word-difference.ts'
import { getReview, insertCorrection, pendingStanding, sameStanding, standingOf, writeStanding, type Standing } from '../repositories/reviews.ts'

export interface Turned {
  imageIds: number[]
  description: string
}

/**
 * Keeps what is being typed, and the marks beside it (absent: as they stand).
 * @throws AppError `conflict` where the image changed since `expectedRevision`, `bad-input` for a candidate of another image
 */
export function saveDraft(context: ReviewContext, draft: VerbParsed<'review.saveDraft'>): Review {
  return changeOne(context, draft.imageId, draft.expectedRevision, (before) => {
    const candidate = draft.candidateId === null ? null : candidateOf(context.database, draft.candidateId, draft.imageId)
    const { candidateId, errorTypes = before.errorTypes, rating = before.rating } = draft
    const text = oneLine(draft.text)
    const unchanged = candidate !== null && tidyCaption(text) === tidyCaption(candidate.text) && errorTypes.length === 0 && rating === null
    // What says no more than its candidate is no draft.
    const after: Standing = unchanged ? pendingStanding : { ...before, state: 'draft', text, candidateId, errorTypes, rating }
    // A draft over a decision reopens the image, which can be undone; drafts of undecided images are not changes of their own.
    return { after, description: !isUndecided(before.state) ? `Edit ${getImage(context.database, draft.imageId).fileName}` : null }
  })
}

/** Rates an image and says what was wrong; its state and text stay. @throws as saveDraft */
export function mark(context: ReviewContext, { imageId, expectedRevision, errorTypes, rating }: VerbParsed<'review.mark'>): Review {
  return changeOne(context, imageId, expectedRevision, (before) => ({
    after: { ...before, errorTypes, rating },
    description: `Mark ${getImage(context.database, imageId).fileName}`,
  }))
}

/** Decides about one image. @throws as saveDraft */
export function decide(context: ReviewContext, imageId: number, expectedRevision: number, decision: Decision): Review {
  return changeOne(context, imageId, expectedRevision, (before) => ({
    after: decidedStanding(context, imageId, before, decision),
    description: `${verbs[decision.kind]} ${getImage(context.database, imageId).fileName}`,
  }))
}

const verbs = { accept: 'Accept', correct: 'Correct', reject: 'Reject', skip: 'Skip', reopen: 'Reopen' } as const

function decidedStanding(context: ReviewContext, imageId: number, before: Standing, decision: Decision): Standing {
  switch (decision.kind) {
    case 'accept': {
      const candidate = candidateOf(context.database, decision.candidateId, imageId)
      return { state: 'accepted', text: candidate.text, candidateId: candidate.id, errorTypes: decision.errorTypes ?? [], rating: decision.rating }
    }
    case 'correct': {
      const { candidateId, rating, errorTypes } = decision
      const text = tidyCaption(decision.text)
      const replaces = candidateId === null ? '' : candidateOf(context.database, candidateId, imageId).text
      const { database, author, time } = context
      insertCorrection(database, { imageId, candidateId, text, replaces, difference: wordDifference(replaces, text), errorTypes, rating, author }, time)
      return { state: 'corrected', text, candidateId, errorTypes, rating }
    }
    case 'reject': {
      const { candidateId: named = null, errorTypes, rating } = decision
      const candidateId = named === null ? before.candidateId : candidateOf(context.database, named, imageId).id
      return { ...setAside(before, 'rejected'), candidateId, errorTypes, rating }
    }
    case 'skip':
      return setAside(before, 'skipped')
    case 'reopen':
      return reopened(before)
    default:
      return assertNever(decision)
  }
}

/** Rejected or skipped: words that a person typed, and the marks, are kept beside the decision. */
function setAside(before: Standing, state: 'rejected' | 'skipped'): Standing {
  return { ...before, state, text: ownWords(before) }
}

/** Words that were kept beside a decision are a draft again, and a draft stays one; a correction stays in the history. */
function reopened(before: Standing): Standing {
  if (before.state === 'draft') return before
  const aside = before.state === 'rejected' || before.state === 'skipped'
  const kept = aside && (before.text !== null || before.errorTypes.length > 0 || before.rating !== null)
  return kept ? { ...before, state: 'draft' } : pendingStanding
}

/** The text of a standing where a person wrote it. */
function ownWords({ state, text }: Standing): string | null {
  return state === 'accepted' ? null : text
}

/**
 * Decides about those of many images that are in one of the states, with one undo entry. `accept` takes the best candidate of the given model
 * and passes by images without one. Images that stand so already are passed by.
 */
export function decideMany(context: ReviewContext, { imageIds, decision, states }: VerbParsed<'review.decideMany'>, modelNumber: number | null): number {
  const { database, author, time } = context
  const meant = new Set<ReviewState>(states ?? bulkStates[decision])
  const work = database.transaction(() => {
    const unique = [...new Set(imageIds)]
    const best = decision === 'accept' && modelNumber !== null ? bestCaptions(database, unique, modelNumber) : new Map<number, never>()
    const changes: ActionChange[] = []
    for (const imageId of unique) {
      const before = standingOf(getReview(database, imageId))
      const after = meant.has(before.state) ? bulkStanding(decision, before, best.get(imageId)) : null
      if (after === null || after.state === before.state) continue
      changes.push({ imageId, before, after })
      writeStanding(database, imageId, after, time)
    }
    if (changes.length === 0) return 0
    recordAction(database, `${verbs[decision]} ${changes.length} ${changes.length === 1 ? 'image' : 'images'}`, author, { reviews: changes }, time)
    refreshChangedTexts(database, changes)
    return changes.length
  })
  return work.immediate()
}

function bulkStanding(decision: BulkDecision, before: Standing, best: { id: number; text: string } | undefined): Standing | null {
  switch (decision) {
    case 'accept':
      return best === undefined ? null : { ...before, state: 'accepted', text: best.text, candidateId: best.id }
    case 'skip':
      return setAside(before, 'skipped')
    case 'reject':
      return setAside(before, 'rejected')
    case 'reopen':
      return reopened(before)
    default:
      return assertNever(decision)
  }
}

/** Takes back (or does again) the next action; null when there is none. Nothing typed since is lost: turning the action again brings it back. */
export function turn(context: ReviewContext, side: Side): Turned | null {
  const { database, time } = context
  const work = database.transaction(() => {
    const action = nextAction(database, side)
    if (!action) return null
    const changes = actionChanges(database, action.id)
    const regions = actionRegions(database, action.id)
    const arranged = actionArrangements(database, action.id)
    const left = changes.map(({ imageId }) => ({ imageId, standing: standingOf(getReview(database, imageId)) }))
    turnAction(database, action.id, side, left)
    for (const { imageId, before, after } of changes) writeStanding(database, imageId, side === 'undo' ? before : after, time)
    restoreRegions(context, regions, side === 'undo' ? 'before' : 'after')
    restoreArrangements(context, arranged, side === 'undo' ? 'before' : 'after')
    refreshChangedTexts(
      database,
      changes.map(({ imageId, before, after }, i) => ({ imageId, before: left[i].standing, after: side === 'undo' ? before : after })),
    )
    return { imageIds: [...new Set([...changes, ...regions, ...arranged].map(({ imageId }) => imageId))], description: action.description }
  })
  return work.immediate()
}

export function undoState(database: Database): { undo: string | null; redo: string | null } {
  return { undo: nextAction(database, 'undo')?.description ?? null, redo: nextAction(database, 'redo')?.description ?? null }
}

/** One guarded change of one image. A `description` makes it an undo entry. */
function changeOne(
  context: ReviewContext,
  imageId: number,
  expectedRevision: number,
  change: (before: Standing) => { after: Standing; description: string | null },
): Review {
  const { database, author, time } = context
  const work = database.transaction(() => {
    const review = getReview(database, imageId)
    if (review.revision !== expectedRevision) {
      throw new AppError('conflict', 'This image was changed meanwhile.', {
        kept: 'The newer state was kept; nothing was overwritten.',
        todo: 'Look at the image again and repeat the change if it is still wanted.',
      })
    }
    const before = standingOf(review)
    const { after, description } = change(before)
    if (sameStanding(before, after) && after.state !== 'corrected') return review
    writeStanding(database, imageId, after, time)
    if (description !== null) recordAction(database, description, author, { reviews: [{ imageId, before, after }] }, time)
    refreshChangedTexts(database, [{ imageId, before, after }])
    return getReview(database, imageId)
  })
  return work.immediate()
}

function candidateOf(database: Database, candidateId: number, imageId: number): { id: number; text: string } {
  const candidate = findCaption(database, candidateId)
  if (candidate && candidate.imageId === imageId) return candidate
  throw new AppError('bad-input', candidate ? 'That candidate belongs to another image.' : 'That candidate is no longer there.', {
    kept: 'Nothing was changed.',
    todo: 'Look at the image again and choose one of its candidates.',
  })
}

/** Accepted texts are candidates and so in the index already; only texts of a person's own come and go. */
function refreshChangedTexts(database: Database, changes: readonly ActionChange[]): void {
  refreshImageText(
    database,
    changes.filter(({ before, after }) => ownWords(before) !== ownWords(after)).map(({ imageId }) => imageId),
  )
}
