/** The part of the contract that blind votes go through. Until a ballot is revealed to whoever asks, nothing here says which side is whose. */
import { z } from 'zod'
import { path } from '../exchange.ts'
import { ballotRecipeSchema, voteChoices, type Ballot, type BallotPlan, type BallotTurn, type VoteResults } from '../votes/votes.ts'
import { replace } from './inputs.ts'
import { verb } from './verb.ts'

const none = z.undefined()
const ballot = z.object({ ballotId: z.number().int().positive() })

export const voteVerbs = {
  votes: {
    /** The newest first. */
    ballots: verb<Ballot[]>()('workspace', none),
    /** What a ballot would hold; nothing is written. */
    plan: verb<BallotPlan>()('workspace', ballotRecipeSchema),
    /** Draws a ballot and freezes its texts. Without a name it is numbered. */
    create: verb<Ballot>()('workspace', z.object({ recipe: ballotRecipeSchema, name: z.string().trim().max(100).default('') })),
    /** Takes a ballot away with all of its votes. */
    remove: verb<null>()('workspace', ballot),
    /** The pair that is next for the person at the keyboard. */
    turn: verb<BallotTurn>()('workspace', ballot),
    /** Resolves once the vote is on disk, to the next pair. Refused as `conflict` where the person voted on the pair already. */
    cast: verb<BallotTurn>()('workspace', ballot.extend({ pairId: z.number().int().positive(), choice: z.enum(voteChoices) })),
    /** Takes back the person's last vote of the ballot, also one of an earlier session. */
    undo: verb<BallotTurn>()('workspace', ballot),
    redo: verb<BallotTurn>()('workspace', ballot),
    /** The person has answered all and wants to know: from then on they cannot change a vote. */
    finish: verb<null>()('workspace', ballot),
    /** Ends the vote for everybody. */
    close: verb<null>()('workspace', ballot),
    /** Refused as `conflict` while the ballot is not revealed. */
    results: verb<VoteResults>()('workspace', ballot),
    /** Writes every vote as CSV; refused likewise. */
    export: verb<null>()('workspace', ballot.extend({ file: path, replace })),
  },
} as const
