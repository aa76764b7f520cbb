/** Ballots and votes over a real database: what is frozen, what is blind, what is kept. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BallotTurn, VoteChoice } from '#shared/votes/votes.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { captionImages, importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const base = { kind: 'model', modelId: 'base' } as const
const other = { kind: 'model', modelId: 'other' } as const
const reviewed = { kind: 'reviewed' } as const

async function captioned(images = 12): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  const rows = Array.from({ length: images }, (_, i) => importedImage(root, i + 1, { references: [{ text: `a reference of ${i + 1}`, source: 'file' }] }))
  await importImages(workspace, rows)
  const imageIds = rows.map((_, i) => i + 1)
  await captionImages(workspace, imageIds, 'base')
  await captionImages(workspace, imageIds, 'other')
  return workspace
}

/** Answers every pair that waits; `choose` is told the text that stands left. */
async function voteOnAll({ call }: TestWorkspace, ballotId: number, choose: (left: string) => VoteChoice): Promise<BallotTurn> {
  let turn = await call('votes.turn', { ballotId })
  while (turn.pair !== null) turn = await call('votes.cast', { ballotId, pairId: turn.pair.pairId, choice: choose(turn.pair.left) })
  return turn
}

const forBase = (left: string): VoteChoice => (left.startsWith('base') ? 'left' : 'right')

describe('a ballot', () => {
  test('holds photos whose two texts differ, and says how many do not', async () => {
    const workspace = await captioned(4)
    const { call } = workspace
    // Accepted as it is: the same text on both sides.
    const { candidates } = await call('images.get', { imageId: 1 })
    const best = candidates.find(({ modelId, rank }) => modelId === 'base' && rank === 0)
    const decide = (imageId: number, decision: Parameters<typeof call<'review.decide'>>[1] extends { decision: infer D } | undefined ? D : never) =>
      call('review.decide', { imageId, slot: 0, expectedRevision: 0, decision })
    await decide(1, { kind: 'accept', candidateId: best?.id ?? 0, rating: null })
    await decide(2, { kind: 'correct', candidateId: null, text: 'a corrected caption', errorTypes: [], rating: null })
    await decide(3, { kind: 'skip' })
    expect(await call('votes.plan', { a: base, b: reviewed })).toEqual({ both: 2, same: 1, pairs: 1, repeats: 0 })
    const ballot = await call('votes.create', { recipe: { a: base, b: reviewed } })
    expect(ballot).toMatchObject({
      name: 'Ballot 1',
      aTitle: 'Model base',
      bTitle: 'Reviewed texts',
      pairs: 1,
      same: 1,
      repeats: 0,
      done: 0,
      of: 1,
      revealed: false,
    })
    expect(await call('votes.plan', { a: base, b: { kind: 'reference' }, most: 3 })).toEqual({ both: 4, same: 0, pairs: 3, repeats: 1 })
    await expect(call('votes.create', { recipe: { a: base, b: base } })).rejects.toMatchObject({ code: 'bad-input' })
  })

  test('is drawn from a saved list or a set, the same by the same seed', async () => {
    const { call } = await captioned()
    const list = await call('lists.add', { list: { name: 'Some' }, imageIds: [7, 3, 5] })
    const pairsOf = async (seed: number): Promise<number[]> => {
      const { id } = await call('votes.create', { recipe: { a: base, b: other, photos: { kind: 'list', listId: list.id }, repeatShare: 0, seed } })
      const seen: number[] = []
      let turn = await call('votes.turn', { ballotId: id })
      while (turn.pair !== null) {
        seen.push(turn.pair.imageId)
        turn = await call('votes.cast', { ballotId: id, pairId: turn.pair.pairId, choice: 'tie' })
      }
      return seen
    }
    const seen = await pairsOf(3)
    expect(seen.toSorted()).toEqual([3, 5, 7])
    expect(await pairsOf(3)).toEqual(seen)
    await call('images.arrange', { imageIds: [2, 4], split: 'dev' })
    expect(await call('votes.plan', { a: base, b: other, photos: { kind: 'set', set: 'dev' } })).toMatchObject({ both: 2, pairs: 2 })
  })

  test('keeps its texts: what is captioned or corrected later changes nothing that is voted on', async () => {
    const workspace = await captioned(3)
    const { call, service } = workspace
    const { id: ballotId } = await call('votes.create', { recipe: { a: base, b: other } })
    const before = await call('votes.turn', { ballotId })
    await service.applyBatch(1, {
      kind: 'captions',
      rows: [1, 2, 3].map((imageId) => ({
        imageId,
        modelId: 'base',
        beam: 1,
        candidates: [{ text: `something else of ${imageId}`, logProbability: -1, tokenLogProbabilities: null }],
      })),
    })
    expect(await call('votes.turn', { ballotId })).toEqual(before)
    expect([before.pair?.left, before.pair?.right].toSorted()).toEqual([`base says ${before.pair?.imageId} well`, `other says ${before.pair?.imageId} well`])
    expect(() => workspace.reader.prepare("UPDATE ballot_pair SET text_a = 'x'").run()).toThrow()
  })

  test('passes by a pair whose photo was replaced, and its photos stay in the workspace', async () => {
    const workspace = await captioned(3)
    const { call, service } = workspace
    const { id: ballotId } = await call('votes.create', { recipe: { a: base, b: other } })
    const { pair, of } = await call('votes.turn', { ballotId })
    await service.applyBatch(1, { kind: 'photos-replaced', photos: [{ imageId: pair?.imageId ?? 0, contentHash: 'another', width: 10, height: 10 }] })
    const turn = await call('votes.turn', { ballotId })
    expect(turn.pair?.imageId).not.toBe(pair?.imageId)
    expect(turn.of).toBeLessThan(of)
    await expect(call('votes.cast', { ballotId, pairId: pair?.pairId ?? 0, choice: 'left' })).rejects.toMatchObject({ code: 'conflict' })
    expect(await call('images.remove', { imageIds: [turn.pair?.imageId ?? 0] })).toEqual({ removed: 0, kept: 1 })
  })
})

describe('voting', () => {
  test('tells nothing of whose texts are whose before the person has voted on all and asks, or the ballot is closed', async () => {
    const workspace = await captioned()
    const { call } = workspace
    const { id: ballotId, of } = await call('votes.create', { recipe: { a: base, b: other } })
    expect(of).toBe(17) // twelve, and five again
    const turn = await call('votes.turn', { ballotId })
    expect(Object.keys(turn.pair ?? {}).toSorted()).toEqual(['imageId', 'left', 'pairId', 'right'])
    await expect(call('votes.results', { ballotId })).rejects.toMatchObject({ code: 'conflict' })
    await expect(call('votes.export', { ballotId, file: join(temporaryFolder(), 'votes.csv') })).rejects.toMatchObject({ code: 'conflict' })
    await expect(call('votes.finish', { ballotId })).rejects.toMatchObject({ code: 'conflict' })
    expect(await voteOnAll(workspace, ballotId, forBase)).toMatchObject({ done: 17, of: 17, pair: null, undo: true })
    await expect(call('votes.results', { ballotId })).rejects.toMatchObject({ code: 'conflict' })
    await call('votes.finish', { ballotId })
    const { all } = await call('votes.results', { ballotId })
    expect(all).toMatchObject({ aWins: 12, bWins: 0, ties: 0, repeated: 5, repeatedSame: 5, winRate: { value: 1 } })
    // Who knows changes nothing any more; somebody else is still blind.
    await expect(call('votes.undo', { ballotId })).rejects.toMatchObject({ code: 'conflict' })
    workspace.signIn('Bob')
    await expect(call('votes.results', { ballotId })).rejects.toMatchObject({ code: 'conflict' })
    expect(await call('votes.turn', { ballotId })).toMatchObject({ done: 0, of: 17 })
    await call('votes.close', { ballotId })
    expect((await call('votes.results', { ballotId })).ballot).toMatchObject({ closedBy: 'Bob', voters: 1 })
    expect((await call('votes.turn', { ballotId })).pair).toBeNull()
  })

  test('a vote is on disk when it is answered, and is there after a restart; a pair is answered once', async () => {
    const workspace = await captioned(6)
    const { call } = workspace
    const { id: ballotId } = await call('votes.create', { recipe: { a: base, b: other } })
    const first = (await call('votes.turn', { ballotId })).pair
    const next = await call('votes.cast', { ballotId, pairId: first?.pairId ?? 0, choice: 'left' })
    expect(next).toMatchObject({ done: 1, undo: true, redo: false })
    expect(workspace.reader.prepare('SELECT voter, choice FROM vote').all()).toEqual([{ voter: 'Ada', choice: 'left' }])
    await expect(call('votes.cast', { ballotId, pairId: first?.pairId ?? 0, choice: 'right' })).rejects.toMatchObject({ code: 'conflict' })
    workspace.service.close()
    const again = await testWorkspace(workspace.folder)
    expect(await again.call('votes.turn', { ballotId })).toEqual(next)
  })

  test('undo and redo step through the votes of one person and ballot, also after a restart; another vote forgets what was undone', async () => {
    const workspace = await captioned(8)
    const { id: ballotId } = await workspace.call('votes.create', { recipe: { a: base, b: other } })
    const shown: BallotTurn[] = [await workspace.call('votes.turn', { ballotId })]
    for (const choice of ['left', 'tie', 'skip'] as const) {
      shown.push(await workspace.call('votes.cast', { ballotId, pairId: shown.at(-1)?.pair?.pairId ?? 0, choice }))
    }
    workspace.signIn('Bob')
    await workspace.call('votes.cast', { ballotId, pairId: shown[0].pair?.pairId ?? 0, choice: 'right' })
    workspace.service.close()
    const { call, reader } = await testWorkspace(workspace.folder)
    const choices = () => reader.prepare<[], string>("SELECT choice FROM vote WHERE voter = 'Ada' AND undone = 0 ORDER BY id").pluck().all()
    expect((await call('votes.undo', { ballotId })).pair).toEqual(shown[2].pair)
    expect((await call('votes.undo', { ballotId })).pair).toEqual(shown[1].pair)
    expect(choices()).toEqual(['left'])
    expect(await call('votes.redo', { ballotId })).toMatchObject({ pair: shown[2].pair, redo: true })
    expect(choices()).toEqual(['left', 'tie'])
    expect(await call('votes.cast', { ballotId, pairId: shown[2].pair?.pairId ?? 0, choice: 'right' })).toMatchObject({ redo: false })
    expect(choices()).toEqual(['left', 'tie', 'right'])
    for (let step = 0; step < 5; step += 1) await call('votes.undo', { ballotId })
    expect(choices()).toEqual([])
    expect(reader.prepare("SELECT count(*) FROM vote WHERE voter = 'Bob' AND undone = 0").pluck().get()).toBe(1)
  })

  test('every vote is exported with what it was about and where each text stood', async () => {
    const workspace = await captioned(10)
    const { id: ballotId } = await workspace.call('votes.create', { recipe: { a: base, b: other } })
    await voteOnAll(workspace, ballotId, forBase)
    await workspace.call('votes.finish', { ballotId })
    const file = join(temporaryFolder(), 'votes.csv')
    await workspace.call('votes.export', { ballotId, file })
    const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\r\n')
    expect(head).toBe('voter,time,photo,text_a,text_b,side_a,side_b,left,pressed,vote,repeat')
    expect(lines).toHaveLength(15)
    expect(lines.filter((line) => line.endsWith(',a,yes'))).toHaveLength(5)
    for (const line of lines)
      expect(line).toMatch(/^Ada,[^,]+,image(\d+)\.jpg,base says \1 well,other says \1 well,Model base,Model other,(a,left|b,right),a,(yes|no)$/)
  })

  test('a ballot goes with its votes, and leaves the photos', async () => {
    const workspace = await captioned(10)
    const { call, reader } = workspace
    const { id: ballotId } = await call('votes.create', { recipe: { a: base, b: other } })
    await voteOnAll(workspace, ballotId, () => 'tie')
    await call('votes.remove', { ballotId })
    expect(await call('votes.ballots')).toEqual([])
    for (const table of ['ballot', 'ballot_pair', 'vote']) expect(reader.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0)
    expect((await call('library.facets')).total).toBe(10)
  })
})
