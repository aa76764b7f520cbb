/** Every vote of a ballot as CSV: who, when, on what, where each text stood, and what was said. */
import { csvRows } from '#shared/tables/rows.ts'
import { getImages } from '../repositories/images.ts'
import type { Database } from '../storage/database.ts'
import { requireRevealed } from './ballots.ts'
import { votesOf } from './stored-votes.ts'

const head = ['voter', 'time', 'photo', 'text_a', 'text_b', 'side_a', 'side_b', 'left', 'pressed', 'vote', 'repeat']

/** @throws AppError `not-found`; `conflict` while the ballot is not revealed to the person */
export function voteTable(database: Database, ballotId: number, voter: string): string {
  const { aTitle, bTitle } = requireRevealed(database, ballotId, voter)
  const votes = votesOf(database, ballotId)
  const names = new Map(getImages(database, [...new Set(votes.map(({ imageId }) => imageId))]).map(({ id, fileName }) => [id, fileName]))
  const rows = votes.map((vote) => [
    vote.voter,
    vote.votedAt,
    names.get(vote.imageId),
    vote.textA,
    vote.textB,
    aTitle,
    bTitle,
    vote.left,
    vote.choice,
    vote.verdict,
    vote.repeats === null ? 'no' : 'yes',
  ])
  return csvRows([head, ...rows])
}
