/** What the window and the workspace both know of reviewing: which states wait for a decision, and how a caption's text is written down. */
import type { PhotoStanding, Review, ReviewState } from './domain.ts'

/** States in which an image waits for a decision. */
export const undecidedStates = ['pending', 'draft'] as const satisfies ReviewState[]

export function isUndecided(state: ReviewState): boolean {
  return undecidedStates.some((one) => one === state)
}

/** A caption by a person before anything was done to it. */
export function untouchedCaption(imageId: number, slot: number): Review {
  return { imageId, slot, state: 'pending', revision: 0, text: null, candidateId: null, errorTypes: [], rating: null, author: null, updatedAt: null }
}

/** As many captions by people a photo can have. */
export const mostCaptions = 20

const decisionsByWeight = ['corrected', 'accepted', 'rejected', 'skipped'] as const satisfies ReviewState[]

/**
 * A photo is done when as many of its captions are decided as the project asks for and no draft waits: it then shows the decision that says most.
 * With one caption it is as that one is.
 */
export function photoStanding(captions: readonly ReviewState[], wanted: number): PhotoStanding {
  const decided = captions.filter((state) => !isUndecided(state))
  if (captions.includes('draft')) return { state: 'draft', decided: decided.length }
  const done = decided.length >= wanted
  return { state: (done && decisionsByWeight.find((state) => decided.includes(state))) || 'pending', decided: decided.length }
}

export const bulkDecisions = ['accept', 'skip', 'reopen', 'reject'] as const
export type BulkDecision = (typeof bulkDecisions)[number]

/** Whom a decision about many images is for unless other states are asked for: nobody's decision is changed, no typed words give way to a candidate. */
export const bulkStates: Record<BulkDecision, readonly ReviewState[]> = {
  accept: ['pending'],
  skip: undecidedStates,
  reject: undecidedStates,
  reopen: ['accepted', 'corrected', 'rejected', 'skipped'],
}

/** A caption is one line: pasted line breaks become spaces. */
export function oneLine(text: string): string {
  return text.replace(/[^\S\r\n]*[\r\n\u2028\u2029]+\s*/gu, ' ')
}

/** A caption as it is kept once it is decided: one line, single spaces, none at the ends. */
export function tidyCaption(text: string): string {
  return text.replace(/\s+/gu, ' ').trim()
}
