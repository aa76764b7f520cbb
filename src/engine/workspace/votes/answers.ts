/** The answers to the verbs of blind votes. */
import type { Answers } from '#shared/api.ts'
import { writeOutput } from '#engine/files/output-place.ts'
import type { ReviewContext } from '../review/review-context.ts'
import { imageRoots } from '../repositories/images.ts'
import { inSlices } from '../slices.ts'
import type { Database } from '../storage/database.ts'
import { closeBallot, createSteps, finishBallot, listBallots, planSteps, removeBallot } from './ballots.ts'
import { resultSteps } from './results.ts'
import { voteTable } from './vote-table.ts'
import { castVote, stepVote, turnOf } from './voting.ts'

type VoteVerb = Extract<keyof Answers<'workspace'>, `votes.${string}`>

/** One function for each verb; `changed` tells the window of ballots that came, went or ended. */
export function voteAnswers(database: Database, review: () => ReviewContext, changed: () => void): Pick<Answers<'workspace'>, VoteVerb> {
  const told = <Result>(result: Result): Result => {
    changed()
    return result
  }
  const voter = (): string => review().author
  return {
    'votes.ballots': () => listBallots(database, voter()),
    'votes.plan': (recipe) => inSlices(planSteps(database, recipe)),
    'votes.create': async (wanted) => told(await inSlices(createSteps(review(), wanted))),
    'votes.remove': ({ ballotId }) => {
      removeBallot(database, ballotId)
      return told(null)
    },
    'votes.turn': ({ ballotId }) => turnOf(review(), ballotId),
    'votes.cast': (vote) => castVote(review(), vote),
    'votes.undo': ({ ballotId }) => stepVote(review(), ballotId, 'undo'),
    'votes.redo': ({ ballotId }) => stepVote(review(), ballotId, 'redo'),
    'votes.finish': ({ ballotId }) => {
      finishBallot(review(), ballotId)
      return told(null)
    },
    'votes.close': ({ ballotId }) => {
      closeBallot(review(), ballotId)
      return told(null)
    },
    'votes.results': ({ ballotId }) => inSlices(resultSteps(database, ballotId, voter())),
    'votes.export': async ({ ballotId, file, replace }) => {
      await writeOutput(file, voteTable(database, ballotId, voter()), { imageRoots: imageRoots(database), replace })
      return null
    },
  }
}
