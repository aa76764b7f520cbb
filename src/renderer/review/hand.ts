/** What an annotator has in hand of an image and could not save where it was: saved in the workspace that is open now, which is a copy of that one. */
import type { Decision } from '#shared/api.ts'
import { call } from '../bridge.ts'
import type { Work } from './work.ts'

export interface Hand {
  work: Work
  /** That was refused; null where words or marks alone are in hand. */
  decision: Decision | null
}

/** @throws AppError what the save says */
export async function saveHand({ work, decision }: Hand): Promise<void> {
  const { imageId, slot, candidateId, text, rating, unsaved } = work
  let expectedRevision = work.seenRevision
  // A correction or an accept says all there is; beside other decisions the words are kept.
  if (unsaved !== 'nothing' && decision?.kind !== 'correct' && decision?.kind !== 'accept') {
    const draft = await call('review.saveDraft', { imageId, slot, expectedRevision, candidateId, text, errorTypes: [...work.errorTypes], rating })
    expectedRevision = draft.revision
  }
  if (decision !== null) await call('review.decide', { imageId, slot, expectedRevision, decision })
}
