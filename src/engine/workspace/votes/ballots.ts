/** Ballots: drawn from texts as they stand, which they freeze, listed, closed and taken away. */
import type { VerbParsed } from '#shared/api.ts'
import { AppError } from '#shared/errors.ts'
import { planOf, voteSideSchema, type Ballot, type BallotPlan, type BallotRecipe } from '#shared/votes/votes.ts'
import type { ReviewContext } from '../review/review-context.ts'
import { prepared, type Database } from '../storage/database.ts'
import { storedJson } from '../storage/stored-json.ts'
import { drawPairs, drawSome } from './draw.ts'
import { comparedTexts, sideTitles } from './sides.ts'

/** What a recipe would draw. @throws AppError `not-found` for an unknown model */
export function* planSteps(database: Database, recipe: BallotRecipe): Generator<void, BallotPlan> {
  return planOf(yield* comparedTexts(database, recipe), recipe)
}

/** Draws a ballot and writes it, in one transaction. @throws AppError `too-little-data` where no two texts differ, `not-found` for an unknown model */
export function* createSteps({ database, author, time }: ReviewContext, { recipe, name }: VerbParsed<'votes.create'>): Generator<void, Ballot> {
  const { pairs: found, both, same } = yield* comparedTexts(database, recipe)
  if (found.length === 0) {
    throw new AppError('too-little-data', both === 0 ? 'No photo has a text of both sides.' : 'The two sides say the same of every photo.', {
      kept: 'No ballot was made.',
      todo: both === 0 ? 'Caption the photos with both models first, or choose other sides.' : 'Choose other sides or photos.',
    })
  }
  const drawn = drawSome(found.length, recipe.most, recipe.seed).map((place) => found[place])
  const work = database.transaction(() => {
    const ballotId = Number(
      database
        .prepare('INSERT INTO ballot (name, side_a, side_b, same, seed, author, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)')
        .run(name, JSON.stringify(recipe.a), JSON.stringify(recipe.b), same, recipe.seed, author, time).lastInsertRowid,
    )
    if (name === '') database.prepare('UPDATE ballot SET name = ? WHERE id = ?').run(`Ballot ${ballotId}`, ballotId)
    const insert = database.prepare(
      `INSERT INTO ballot_pair (ballot_id, place, image_id, content_hash, text_a, text_b, left_side, repeats)
       SELECT @ballotId, @place, id, content_hash, @a, @b, @left, @repeats FROM image WHERE id = @imageId`,
    )
    const firsts = new Map<number, number | bigint>()
    drawPairs(drawn.length, recipe).forEach(({ item, left, again }, place) => {
      const { lastInsertRowid } = insert.run({ ...drawn[item], ballotId, place, left, repeats: again ? firsts.get(item) : null })
      if (!again) firsts.set(item, lastInsertRowid)
    })
    return requireBallot(database, ballotId, author)
  })
  return work.immediate()
}

interface StoredBallot extends Omit<Ballot, 'a' | 'b' | 'aTitle' | 'bTitle' | 'of' | 'revealed'> {
  sideA: string
  sideB: string
  /** Pairs that wait for the voter. */
  waiting: number
  finished: number
}

/** The newest first, as they are for a person; or one alone. */
export function listBallots(database: Database, voter: string, ballotId: number | null = null): Ballot[] {
  const titleOf = sideTitles(database)
  return prepared<[{ voter: string; ballotId: number | null }], StoredBallot>(database, ballotsSql)
    .all({ voter, ballotId })
    .map(({ sideA, sideB, waiting, finished, ...stored }) => {
      const [a, b] = [sideA, sideB].map((side) => storedJson(voteSideSchema, side))
      const revealed = stored.closedAt !== null || finished === 1
      return { ...stored, a, b, aTitle: titleOf(a), bTitle: titleOf(b), of: stored.done + waiting, revealed }
    })
}

/** A pair waits for a voter who has not answered it, while its photo is the one that its texts are about. */
export const waitingPairs = `FROM ballot_pair AS pair JOIN image ON image.id = pair.image_id AND image.content_hash = pair.content_hash
  WHERE NOT EXISTS (SELECT 1 FROM vote WHERE pair_id = pair.id AND voter = @voter AND undone = 0)`

const ballotsSql = `
  SELECT ballot.id, name, side_a AS sideA, side_b AS sideB, same, seed, author, created_at AS createdAt, closed_at AS closedAt, closed_by AS closedBy,
    (SELECT count(*) FROM ballot_pair WHERE ballot_id = ballot.id AND repeats IS NULL) AS pairs,
    (SELECT count(*) FROM ballot_pair WHERE ballot_id = ballot.id AND repeats IS NOT NULL) AS repeats,
    (SELECT count(DISTINCT voter) FROM ballot_pair JOIN vote ON pair_id = ballot_pair.id WHERE ballot_id = ballot.id AND undone = 0) AS voters,
    (SELECT count(*) FROM ballot_pair JOIN vote ON pair_id = ballot_pair.id WHERE ballot_id = ballot.id AND voter = @voter AND undone = 0) AS done,
    (SELECT count(*) ${waitingPairs} AND ballot_id = ballot.id) AS waiting,
    EXISTS (SELECT 1 FROM ballot_finish WHERE ballot_id = ballot.id AND voter = @voter) AS finished
  FROM ballot WHERE ballot.id = coalesce(@ballotId, ballot.id) ORDER BY ballot.id DESC`

/** @throws AppError `not-found` */
export function requireBallot(database: Database, ballotId: number, voter: string): Ballot {
  const [ballot] = listBallots(database, voter, ballotId)
  if (ballot !== undefined) return ballot
  throw new AppError('not-found', 'That ballot is no longer there.', { kept: 'Nothing was changed.', todo: 'Choose another ballot.' })
}

/** A ballot that tells whose texts were whose. @throws AppError `not-found`; `conflict` while it is not revealed to the person */
export function requireRevealed(database: Database, ballotId: number, voter: string): Ballot {
  const ballot = requireBallot(database, ballotId, voter)
  if (ballot.revealed) return ballot
  throw new AppError('conflict', 'The ballot is blind until you have voted on all of it, or it is closed.', {
    kept: 'All votes are.',
    todo: 'Vote on the rest, or close the ballot.',
  })
}

/** Whoever answered all is told the results, and changes no vote from then on. @throws AppError `not-found`; `conflict` where pairs wait */
export function finishBallot({ database, author, time }: ReviewContext, ballotId: number): void {
  const work = database.transaction(() => {
    const { done, of, closedAt } = requireBallot(database, ballotId, author)
    if (closedAt !== null) return
    if (done < of) {
      throw new AppError('conflict', `${of - done} pairs of the ballot wait for you.`, { kept: 'All votes are.', todo: 'Vote on them, or close the ballot.' })
    }
    database.prepare('INSERT OR IGNORE INTO ballot_finish (ballot_id, voter, finished_at) VALUES (?, ?, ?)').run(ballotId, author, time)
  })
  work.immediate()
}

/** Nobody votes on it from then on, and everybody may see what it came to. @throws AppError `not-found` */
export function closeBallot({ database, author, time }: ReviewContext, ballotId: number): void {
  requireBallot(database, ballotId, author)
  database.prepare('UPDATE ballot SET closed_by = ?, closed_at = ? WHERE id = ? AND closed_at IS NULL').run(author, time, ballotId)
}

/** With all of its votes. */
export function removeBallot(database: Database, ballotId: number): void {
  const work = database.transaction(() => {
    // Second showings name first ones.
    database.prepare('DELETE FROM ballot_pair WHERE ballot_id = ? AND repeats IS NOT NULL').run(ballotId)
    database.prepare('DELETE FROM ballot WHERE id = ?').run(ballotId)
  })
  work.immediate()
}
