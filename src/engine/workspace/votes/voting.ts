/** Voting. Each vote is one transaction; when a function returns, it is on disk. Undo and redo are rows, as those of reviews are, but of one voter and ballot. */
import type { VerbParsed } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import type { BallotTurn } from '#shared/votes/votes.ts'
import type { ReviewContext } from '../review/review-context.ts'
import { prepared, type Database } from '../storage/database.ts'
import { requireBallot, waitingPairs } from './ballots.ts'

type Voter = Pick<ReviewContext, 'database' | 'author'>

/** What is before the person: the first pair that they have not answered. @throws AppError `not-found` */
export function turnOf({ database, author }: Voter, ballotId: number): BallotTurn {
  const { name, done, of, revealed } = requireBallot(database, ballotId, author)
  const waiting = prepared<[{ ballotId: number; voter: string }], { pairId: number; imageId: number; left: string; right: string }>(
    database,
    `SELECT pair.id AS pairId, image_id AS imageId, iif(left_side = 'a', text_a, text_b) AS "left", iif(left_side = 'a', text_b, text_a) AS "right"
     ${waitingPairs} AND ballot_id = @ballotId ORDER BY place LIMIT 2`,
  ).all({ ballotId, voter: author })
  const [pair, next] = revealed ? [] : waiting
  const steps = (undone: 0 | 1): boolean => !revealed && lastVote(database, ballotId, author, undone) !== undefined
  return { ballotId, name, done, of, pair: pair ?? null, ahead: next?.imageId ?? null, undo: steps(0), redo: steps(1) }
}

/**
 * Writes a vote and forgets what could have been given again.
 * @throws AppError `not-found`; `conflict` where the pair is answered, its photo was replaced, or the ballot has ended for the person
 */
export function castVote(context: ReviewContext, { ballotId, pairId, choice }: VerbParsed<'votes.cast'>): BallotTurn {
  const { database, author, time } = context
  const work = database.transaction(() => {
    requireOpen(database, ballotId, author)
    const waits = prepared<[{ ballotId: number; pairId: number; voter: string }]>(
      database,
      `SELECT 1 ${waitingPairs} AND ballot_id = @ballotId AND pair.id = @pairId`,
    )
    if (waits.get({ ballotId, pairId, voter: author }) === undefined) {
      throw new AppError('conflict', 'That pair does not wait for your vote.', { kept: 'The votes that are there.', todo: 'Go on with the next pair.' })
    }
    prepared<[number, string]>(database, 'DELETE FROM vote WHERE undone = 1 AND pair_id IN (SELECT id FROM ballot_pair WHERE ballot_id = ?) AND voter = ?').run(
      ballotId,
      author,
    )
    prepared<unknown[]>(database, 'INSERT INTO vote (pair_id, voter, choice, voted_at) VALUES (?, ?, ?, ?)').run(pairId, author, choice, time)
    return turnOf(context, ballotId)
  })
  return work.immediate()
}

/** Takes back the person's last vote of the ballot, or gives it again; nothing happens where there is none. @throws AppError `not-found`; `conflict` once the ballot has ended for them */
export function stepVote(context: Voter, ballotId: number, side: 'undo' | 'redo'): BallotTurn {
  const { database, author } = context
  const work = database.transaction(() => {
    requireOpen(database, ballotId, author)
    const voteId = lastVote(database, ballotId, author, side === 'undo' ? 0 : 1)
    if (voteId !== undefined) prepared<[number, number]>(database, 'UPDATE vote SET undone = ? WHERE id = ?').run(side === 'undo' ? 1 : 0, voteId)
    return turnOf(context, ballotId)
  })
  return work.immediate()
}

/** The vote that undo takes back (the newest that stands) or redo gives again (the oldest that was taken back). */
function lastVote(database: Database, ballotId: number, voter: string, undone: 0 | 1): number | undefined {
  return prepared<[number, string, number], number>(
    database,
    `SELECT vote.id FROM vote JOIN ballot_pair AS pair ON pair.id = pair_id WHERE ballot_id = ? AND voter = ? AND undone = ?
     ORDER BY vote.id ${undone === 0 ? 'DESC' : 'ASC'} LIMIT 1`,
  )
    .pluck()
    .get(ballotId, voter, undone)
}

function requireOpen(database: Database, ballotId: number, voter: string): void {
  const { revealed, closedAt } = requireBallot(database, ballotId, voter)
  if (!revealed) return
  throw new AppError('conflict', closedAt === null ? 'You have seen what this ballot came to.' : 'This ballot is closed.', {
    kept: 'All votes are.',
    todo: 'Make another ballot to vote again.',
  })
}
