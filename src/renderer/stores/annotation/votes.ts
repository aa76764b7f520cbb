/** Blind votes: the ballots of the workspace, and the pair that is before the person. Each vote is on disk before the next pair shows. */
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import type { EvaluationSet } from '#shared/domain.ts'
import type { Ballot, BallotTurn, VoteChoice } from '#shared/votes/votes.ts'
import { call, listen } from '../../bridge.ts'

/** Two models that stand beside each other on a set. */
export interface ProposedBallot {
  modelIds: [a: string, b: string]
  set: EvaluationSet
}

export const useVotes = defineStore('votes', () => {
  const ballots = shallowRef<readonly Ballot[]>([])
  /** Null: nobody is voting. */
  const turn = shallowRef<BallotTurn | null>(null)
  /** What another view wants a ballot about; the Votes view asks about the rest. */
  const proposed = shallowRef<ProposedBallot | null>(null)
  const saving = ref(false)

  async function load(): Promise<void> {
    ballots.value = await call('votes.ballots')
  }

  async function begin(ballotId: number): Promise<void> {
    turn.value = await call('votes.turn', { ballotId })
  }

  /** One vote or step at a time; what is asked for meanwhile is not taken. Where it is refused, the pair that really waits is shown. */
  async function advance(ask: (ballotId: number) => Promise<BallotTurn>): Promise<void> {
    const ballotId = turn.value?.ballotId
    if (ballotId === undefined || saving.value) return
    const put = (next: BallotTurn): void => {
      if (turn.value?.ballotId === ballotId) turn.value = next
    }
    saving.value = true
    try {
      put(await ask(ballotId))
    } catch (error) {
      put(await call('votes.turn', { ballotId }))
      throw error
    } finally {
      saving.value = false
    }
  }

  async function cast(choice: VoteChoice): Promise<void> {
    const pair = turn.value?.pair ?? null
    if (pair !== null) await advance((ballotId) => call('votes.cast', { ballotId, pairId: pair.pairId, choice }))
  }

  const step = (direction: 'undo' | 'redo'): Promise<void> => advance((ballotId) => call(direction === 'undo' ? 'votes.undo' : 'votes.redo', { ballotId }))

  async function leave(): Promise<void> {
    turn.value = null
    await load()
  }

  function listenForChanges(): void {
    listen('workspaceChanged', ({ what }) => {
      if (what.includes('votes') || what.includes('models')) load().catch(() => undefined)
    })
    // Another photo lies where the pair's did: the pair waits no more.
    listen('photosReplaced', () => {
      if (turn.value !== null) begin(turn.value.ballotId).catch(() => undefined)
    })
  }

  function clear(): void {
    ballots.value = []
    turn.value = proposed.value = null
  }

  return { ballots, turn, proposed, saving, load, begin, cast, step, leave, listenForChanges, clear }
})
