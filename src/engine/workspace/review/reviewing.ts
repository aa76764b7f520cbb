/**
 * Decisions about photos' captions. Each change is one transaction: review, correction and undo entry together, or nothing. When a function returns,
 * the change is on disk.
 */
import type { Decision, VerbParsed } from '#shared/api.ts'
import type { CaptionPlace, Review, ReviewState, SavedReview, Turned } from '#shared/domain.ts'
import { AppError, assertNever } from '#shared/errors.ts'
import { bulkStates, isUndecided, oneLine, tidyCaption, type BulkDecision } from '#shared/review.ts'
import type { Database } from '../storage/database.ts'
import { actionChanges, actionReferences, actionRegions, nextAction, recordAction, turnAction, type ActionChange, type Side } from '../repositories/actions.ts'
import { bestCaptions, findCaption } from '../repositories/captions.ts'
import { refreshImageText } from '../repositories/image-text.ts'
import { getImage } from '../repositories/images.ts'
import { actionArrangements, restoreArrangements } from '../labels/arranging.ts'
import { restoreReferences } from './reference-editing.ts'
import { restoreRegions } from './region-editing.ts'
import type { ReviewContext } from './review-context.ts'
import { wordDifference } from './word-difference.ts'
import { captionsWanted } from '../repositories/properties.ts'
import {
  getReview,
  imageReviews,
  insertCorrection,
  pendingStanding,
  photoOf,
  sameStanding,
  standingOf,
  writeStanding,
  type Standing,
} from '../repositories/reviews.ts'

/**
 * Keeps what is being typed, and the marks beside it (absent: as they stand).
 * @throws AppError `conflict` where the caption changed since `expectedRevision`, `bad-input` for a candidate of another image
 */
export function saveDraft(context: ReviewContext, draft: VerbParsed<'review.saveDraft'>): SavedReview {
  return changeOne(context, draft, draft.expectedRevision, (before) => {
    const candidate = draft.candidateId === null ? null : candidateOf(context.database, draft.candidateId, draft.imageId)
    const { candidateId, errorTypes = before.errorTypes, rating = before.rating } = draft
    const text = oneLine(draft.text)
    const unchanged = candidate !== null && tidyCaption(text) === tidyCaption(candidate.text) && errorTypes.length === 0 && rating === null
    // What says no more than its candidate is no draft.
    const after: Standing = unchanged ? pendingStanding : { ...before, state: 'draft', text, candidateId, errorTypes, rating, author: context.author }
    // A draft over a decision reopens the caption, which can be undone; drafts of undecided ones are not changes of their own.
    return { after, description: !isUndecided(before.state) ? `Edit ${captionName(context.database, draft)}` : null }
  })
}

/** Rates a caption and says what was wrong; its state and text stay. @throws as saveDraft */
export function mark(context: ReviewContext, { expectedRevision, errorTypes, rating, ...place }: VerbParsed<'review.mark'>): SavedReview {
  return changeOne(context, place, expectedRevision, (before) => ({
    after: { ...before, errorTypes, rating },
    description: `Mark ${captionName(context.database, place)}`,
  }))
}

/** Decides about one of a photo's captions. @throws as saveDraft */
export function decide(context: ReviewContext, place: CaptionPlace, expectedRevision: number, decision: Decision): SavedReview {
  return changeOne(context, place, expectedRevision, (before) => ({
    after: decidedStanding(context, place, before, decision),
    description: `${verbs[decision.kind]} ${captionName(context.database, place)}`,
  }))
}

/** The photo's name, and which of its captions where it is to have several. */
function captionName(database: Database, { imageId, slot }: CaptionPlace): string {
  const { fileName } = getImage(database, imageId)
  return slot === 0 && captionsWanted(database) === 1 ? fileName : `caption ${slot + 1} of ${fileName}`
}

const verbs = { accept: 'Accept', correct: 'Correct', reject: 'Reject', skip: 'Skip', reopen: 'Reopen' } as const

function decidedStanding(context: ReviewContext, place: CaptionPlace, before: Standing, decision: Decision): Standing {
  const { database, author, time } = context
  const { imageId } = place
  switch (decision.kind) {
    case 'accept': {
      const { id: candidateId, text } = candidateOf(database, decision.candidateId, imageId)
      return { state: 'accepted', text, candidateId, errorTypes: decision.errorTypes ?? [], rating: decision.rating, author }
    }
    case 'correct': {
      const { candidateId, rating, errorTypes } = decision
      const text = tidyCaption(decision.text)
      const replaces = candidateId === null ? '' : candidateOf(database, candidateId, imageId).text
      insertCorrection(database, { ...place, candidateId, text, replaces, difference: wordDifference(replaces, text), errorTypes, rating, author }, time)
      return { state: 'corrected', text, candidateId, errorTypes, rating, author }
    }
    case 'reject': {
      const { candidateId: named = null, errorTypes, rating } = decision
      const candidateId = named === null ? before.candidateId : candidateOf(database, named, imageId).id
      return { ...setAside(before, 'rejected', author), candidateId, errorTypes, rating }
    }
    case 'skip':
      return setAside(before, 'skipped', author)
    case 'reopen':
      return reopened(before)
    default:
      return assertNever(decision)
  }
}

/** Rejected or skipped: words that a person typed, and the marks, are kept beside the decision. */
function setAside(before: Standing, state: 'rejected' | 'skipped', author: string): Standing {
  return { ...before, state, text: ownWords(before), author }
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
 * Decides about those captions of many images that are in one of the states, with one undo entry. `accept` takes the best candidate of the given
 * model for the first such caption of an image, and passes by images without one and those where it stands already. Resolves to how many images changed.
 */
export function decideMany(context: ReviewContext, { imageIds, decision, states }: VerbParsed<'review.decideMany'>, modelNumber: number | null): number {
  const { database, author, time } = context
  const meant = new Set<ReviewState>(states ?? bulkStates[decision])
  const work = database.transaction(() => {
    const unique = [...new Set(imageIds)]
    const wanted = captionsWanted(database)
    const best = decision === 'accept' && modelNumber !== null ? bestCaptions(database, unique, modelNumber) : new Map<number, never>()
    const changes: ActionChange[] = []
    for (const imageId of unique) {
      const captions = imageReviews(database, imageId, wanted).filter(({ state, slot }) => state !== 'pending' || slot < wanted)
      for (const review of captionsMeant(decision, captions, meant, best.get(imageId)?.id)) {
        const before = standingOf(review)
        const after = bulkStanding(decision, before, best.get(imageId), author)
        if (after === null || after.state === before.state) continue
        changes.push({ imageId, slot: review.slot, before, after })
        writeStanding(database, review, after, time)
      }
    }
    if (changes.length === 0) return 0
    const images = new Set(changes.map(({ imageId }) => imageId)).size
    recordAction(database, `${verbs[decision]} ${images} ${images === 1 ? 'image' : 'images'}`, author, { reviews: changes }, time)
    refreshChangedTexts(database, changes)
    return images
  })
  return work.immediate()
}

/** A candidate is accepted for one caption of a photo: said twice, it would count twice. */
function captionsMeant(decision: BulkDecision, captions: readonly Review[], meant: ReadonlySet<ReviewState>, candidateId: number | undefined): Review[] {
  const among = captions.filter(({ state }) => meant.has(state))
  if (decision !== 'accept') return among
  return captions.some((caption) => caption.state === 'accepted' && caption.candidateId === candidateId) ? [] : among.slice(0, 1)
}

function bulkStanding(decision: BulkDecision, before: Standing, best: { id: number; text: string } | undefined, author: string): Standing | null {
  switch (decision) {
    case 'accept':
      return best === undefined ? null : { ...before, state: 'accepted', text: best.text, candidateId: best.id, author }
    case 'skip':
      return setAside(before, 'skipped', author)
    case 'reject':
      return setAside(before, 'rejected', author)
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
    const references = actionReferences(database, action.id)
    const left = changes.map(({ imageId, slot }) => ({ imageId, slot, standing: standingOf(getReview(database, { imageId, slot })) }))
    turnAction(database, action.id, side, left)
    for (const { before, after, ...place } of changes) writeStanding(database, place, side === 'undo' ? before : after, time)
    restoreRegions(context, regions, side === 'undo' ? 'before' : 'after')
    restoreReferences(context, references, side === 'undo' ? 'before' : 'after')
    restoreArrangements(context, arranged, side === 'undo' ? 'before' : 'after')
    refreshChangedTexts(
      database,
      changes.map(({ before, after, ...place }, i) => ({ ...place, before: left[i].standing, after: side === 'undo' ? before : after })),
    )
    const imageIds = [...new Set([...changes, ...regions, ...references, ...arranged].map(({ imageId }) => imageId))]
    return { imageIds, slot: changes.length === 1 ? changes[0].slot : null, description: action.description }
  })
  return work.immediate()
}

export function undoState(database: Database): { undo: string | null; redo: string | null } {
  return { undo: nextAction(database, 'undo')?.description ?? null, redo: nextAction(database, 'redo')?.description ?? null }
}

/** One guarded change of one caption. A `description` makes it an undo entry. */
function changeOne(
  context: ReviewContext,
  { imageId, slot }: CaptionPlace,
  expectedRevision: number,
  change: (before: Standing) => { after: Standing; description: string | null },
): SavedReview {
  const { database, author, time } = context
  const place = { imageId, slot }
  const saved = (): SavedReview => ({ ...getReview(database, place), photo: photoOf(database, imageId) })
  const work = database.transaction(() => {
    const review = getReview(database, place)
    if (review.revision !== expectedRevision) {
      throw new AppError('conflict', 'This image was changed meanwhile.', {
        kept: 'The newer state was kept; nothing was overwritten.',
        todo: 'Look at the image again and repeat the change if it is still wanted.',
      })
    }
    const before = standingOf(review)
    const { after, description } = change(before)
    if (sameStanding(before, after) && after.state !== 'corrected') return saved()
    writeStanding(database, place, after, time)
    if (description !== null) recordAction(database, description, author, { reviews: [{ ...place, before, after }] }, time)
    refreshChangedTexts(database, [{ ...place, before, after }])
    return saved()
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
  refreshImageText(database, new Set(changes.filter(({ before, after }) => ownWords(before) !== ownWords(after)).map(({ imageId }) => imageId)))
}
