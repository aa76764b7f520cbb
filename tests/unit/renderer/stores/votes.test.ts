/** Voting in the window: one vote at a time, each saved before the next pair shows. */
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, test } from 'vitest'
import { AppError } from '#shared/errors.ts'
import type { BallotTurn } from '#shared/votes/votes.ts'
import { useVotes } from '../../../../src/renderer/stores/annotation/votes.ts'
import { createMemoryBridge, installBridge } from '../../../support/memory-bridge.ts'

const turn = (done: number): BallotTurn => ({
  ballotId: 1,
  name: 'Ballot 1',
  done,
  of: 3,
  pair: done < 3 ? { pairId: done + 10, imageId: done + 1, left: 'one', right: 'another' } : null,
  ahead: null,
  undo: done > 0,
  redo: false,
})

beforeEach(() => setActivePinia(createPinia()))

test('a key that is pressed while a vote is being saved votes on nothing, least of all on the pair behind', async () => {
  const saves: (() => void)[] = []
  const bridge = createMemoryBridge({
    'votes.turn': () => turn(0),
    'votes.cast': ({ pairId }) => new Promise((resolve) => saves.push(() => resolve(turn(pairId - 9)))),
  })
  installBridge(bridge)
  const votes = useVotes()
  await votes.begin(1)
  const first = votes.cast('left')
  await votes.cast('right')
  expect(votes.turn).toEqual(turn(0))
  expect(bridge.calls).toEqual(['votes.turn', 'votes.cast'])
  saves[0]()
  await first
  expect(votes.turn).toEqual(turn(1))
})

test('a vote that is refused shows the pair that waits, and says why', async () => {
  installBridge(
    createMemoryBridge({
      'votes.turn': () => turn(1),
      'votes.cast': () => {
        throw new AppError('conflict', 'That pair does not wait for your vote.', { todo: '' })
      },
    }),
  )
  const votes = useVotes()
  await votes.begin(1)
  votes.turn = turn(0)
  await expect(votes.cast('tie')).rejects.toMatchObject({ code: 'conflict' })
  expect(votes.turn).toEqual(turn(1))
  expect(votes.saving).toBe(false)
})

test('an answer that comes after the person left shows nothing', async () => {
  let save = (): void => undefined
  installBridge(
    createMemoryBridge({
      'votes.turn': () => turn(2),
      'votes.ballots': () => [],
      'votes.cast': () => new Promise((resolve) => (save = () => resolve(turn(3)))),
    }),
  )
  const votes = useVotes()
  await votes.begin(1)
  const last = votes.cast('left')
  await votes.leave()
  save()
  await last
  expect(votes.turn).toBeNull()
})
