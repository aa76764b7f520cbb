/** The votes of a ballot that stand, each with what it was about. */
import type { VoteChoice } from '#shared/votes/votes.ts'
import type { Database } from '../storage/database.ts'

/** For a side, for neither, or no vote at all. */
export type Verdict = 'a' | 'b' | 'tie' | 'skip'

export interface StoredVote {
  pairId: number
  /** The pair whose second showing this is. */
  repeats: number | null
  imageId: number
  textA: string
  textB: string
  left: 'a' | 'b'
  voter: string
  choice: VoteChoice
  verdict: Verdict
  votedAt: string
}

/** In the order in which they were cast. */
export function votesOf(database: Database, ballotId: number): StoredVote[] {
  return database
    .prepare<[number], Omit<StoredVote, 'verdict'>>(
      `SELECT pair_id AS pairId, repeats, image_id AS imageId, text_a AS textA, text_b AS textB, left_side AS "left", voter, choice, voted_at AS votedAt
       FROM ballot_pair AS pair JOIN vote ON pair_id = pair.id WHERE ballot_id = ? AND undone = 0 ORDER BY vote.id`,
    )
    .all(ballotId)
    .map((vote) => ({ ...vote, verdict: verdictOf(vote) }))
}

function verdictOf({ choice, left }: Pick<StoredVote, 'choice' | 'left'>): Verdict {
  if (choice === 'tie' || choice === 'skip') return choice
  return (choice === 'left') === (left === 'a') ? 'a' : 'b'
}
