/** What a ballot came to: who is preferred, how sure that is, how far voters agree with themselves and with each other, and which metrics agree with them. */
import type { VoterFigures, VoteResults, VotersAgreement } from '#shared/votes/votes.ts'
import { clusteredShare } from '#engine/metrics/statistics/clustered-share.ts'
import { fleissKappa } from '#engine/metrics/statistics/fleiss.ts'
import type { Database } from '../storage/database.ts'
import { requireRevealed } from './ballots.ts'
import { metricAgreements } from './metric-agreement.ts'
import { votesOf, type StoredVote, type Verdict } from './stored-votes.ts'

/** @throws AppError `not-found`; `conflict` while the ballot is not revealed to the person */
export function* resultSteps(database: Database, ballotId: number, voter: string): Generator<void, VoteResults> {
  const ballot = requireRevealed(database, ballotId, voter)
  const votes = votesOf(database, ballotId)
  const people = [...new Set(votes.map((vote) => vote.voter))]
  return {
    ballot,
    all: figuresOf(votes, null),
    voters: people.map((name) =>
      figuresOf(
        votes.filter((vote) => vote.voter === name),
        name,
      ),
    ),
    between: betweenVoters(votes),
    lost: lostPhotos(votes),
    ...(yield* metricAgreements(database, ballot, votes)),
  }
}

/** Votes that count: first showings. */
export const firstShowings = (votes: readonly StoredVote[]): StoredVote[] => votes.filter(({ repeats }) => repeats === null)

/** How much of a vote A gets; null of a pair that was skipped. */
export const creditOf: Readonly<Record<Verdict, number | null>> = { a: 1, tie: 0.5, b: 0, skip: null }

/** The figures of one voter's votes, or of all. Intervals take votes on one photo as a cluster. */
export function figuresOf(votes: readonly StoredVote[], voter: string | null): VoterFigures {
  const counted = firstShowings(votes)
  const many = (verdict: Verdict): number => counted.filter((vote) => vote.verdict === verdict).length
  const answers = (of: readonly StoredVote[], value: (vote: StoredVote) => number | null) =>
    of.flatMap((vote) => {
      const found = value(vote)
      return found === null ? [] : [{ value: found, cluster: vote.imageId }]
    })
  const firsts = new Map(counted.map((vote) => [`${vote.voter}\n${vote.pairId}`, vote.verdict]))
  const twice = votes.flatMap((vote) => {
    const first = vote.repeats === null ? undefined : firsts.get(`${vote.voter}\n${vote.repeats}`)
    return first === undefined || first === 'skip' || vote.verdict === 'skip' ? [] : [{ value: Number(first === vote.verdict), cluster: vote.imageId }]
  })
  return {
    voter,
    aWins: many('a'),
    bWins: many('b'),
    ties: many('tie'),
    skipped: many('skip'),
    winRate: clusteredShare(answers(counted, ({ verdict }) => creditOf[verdict])),
    left: clusteredShare(answers(votes, ({ choice }) => (choice === 'left' ? 1 : choice === 'right' ? 0 : null))),
    repeated: twice.length,
    repeatedSame: twice.filter(({ value }) => value === 1).length,
    self: clusteredShare(twice),
  }
}

/** By first showings of all voters. */
export function lostPhotos(votes: readonly StoredVote[]): VoteResults['lost'] {
  const balance = new Map<number, number>()
  for (const { imageId, verdict } of firstShowings(votes).toSorted((one, other) => one.pairId - other.pairId)) {
    balance.set(imageId, (balance.get(imageId) ?? 0) + (verdict === 'a' ? 1 : verdict === 'b' ? -1 : 0))
  }
  const photos = (lost: (sum: number) => boolean): number[] => [...balance].filter(([, sum]) => lost(sum)).map(([imageId]) => imageId)
  return { a: photos((sum) => sum < 0), b: photos((sum) => sum > 0) }
}

const categories = ['a', 'b', 'tie'] as const

/** Null where no two people voted on the same pair. */
export function betweenVoters(votes: readonly StoredVote[]): VotersAgreement | null {
  const items = new Map<number, number[]>()
  for (const { pairId, verdict } of firstShowings(votes)) {
    const category = categories.findIndex((each) => each === verdict)
    if (category === -1) continue
    const counts = items.get(pairId) ?? categories.map(() => 0)
    counts[category] += 1
    items.set(pairId, counts)
  }
  const shared = [...items.values()].filter((counts) => counts.reduce((sum, count) => sum + count, 0) > 1)
  const found = fleissKappa(shared)
  return found === null ? null : { pairs: shared.length, ...found }
}
