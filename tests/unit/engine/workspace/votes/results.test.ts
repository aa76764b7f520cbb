/** What votes come to, against values worked out by hand. */
import { describe, expect, test } from 'vitest'
import type { MetricAgreement } from '#shared/votes/votes.ts'
import { preferred } from '#shared/votes/votes.ts'
import { agreementsOf } from '#engine/workspace/votes/metric-agreement.ts'
import { betweenVoters, figuresOf, lostPhotos } from '#engine/workspace/votes/results.ts'
import type { StoredVote, Verdict } from '#engine/workspace/votes/stored-votes.ts'
import { join } from 'node:path'
import { importedImage, importImages, testWorkspace } from '../../../../support/workspace.ts'

function vote(pairId: number, verdict: Verdict, given: Partial<StoredVote> = {}): StoredVote {
  const left = given.left ?? 'a'
  const choice = verdict === 'tie' || verdict === 'skip' ? verdict : verdict === left ? 'left' : 'right'
  return { pairId, repeats: null, imageId: pairId, textA: 'a', textB: 'b', voter: 'Ada', votedAt: '', ...given, left, choice, verdict }
}

const many = (count: number, verdict: Verdict, from = 1, given: Partial<StoredVote> = {}): StoredVote[] =>
  Array.from({ length: count }, (_, index) => vote(from + index, verdict, given))

describe('the win rate', () => {
  test('counts ties half, leaves skipped pairs out, and has Wilson’s interval', () => {
    const figures = figuresOf([...many(8, 'a'), ...many(2, 'b', 9)], null)
    expect(figures).toMatchObject({ aWins: 8, bWins: 2, ties: 0, skipped: 0 })
    expect(figures.winRate?.value).toBe(0.8)
    expect(figures.winRate?.low).toBeCloseTo(0.4902, 4)
    expect(figures.winRate?.high).toBeCloseTo(0.9433, 4)
    expect(preferred(figures)).toBeNull()
    const tied = figuresOf([...many(6, 'a'), ...many(2, 'tie', 7), ...many(3, 'skip', 9)], null)
    expect(tied).toMatchObject({ aWins: 6, bWins: 0, ties: 2, skipped: 3 })
    expect(tied.winRate?.value).toBe(7 / 8)
  })

  test('two people who say the same of the same photos are no surer than one', () => {
    const one = [...many(8, 'a'), ...many(2, 'b', 9)]
    const both = figuresOf([...one, ...one.map((each) => ({ ...each, voter: 'Bob' }))], null)
    const alone = figuresOf(one, null)
    expect(both.winRate?.low).toBeCloseTo(alone.winRate?.low ?? NaN, 10)
    expect(both.winRate?.high).toBeCloseTo(alone.winRate?.high ?? NaN, 10)
  })

  test('says who is preferred only where the interval does not hold one half', () => {
    expect(preferred(figuresOf([...many(60, 'a'), ...many(20, 'b', 61)], null))).toBe('a')
    expect(preferred(figuresOf([...many(20, 'a'), ...many(60, 'b', 21)], null))).toBe('b')
    expect(preferred(figuresOf([...many(41, 'a'), ...many(39, 'b', 42)], null))).toBeNull()
    expect(preferred(figuresOf([], null))).toBeNull()
    expect(figuresOf(many(3, 'skip'), null).winRate).toBeNull()
  })
})

test('a photo is lost by the side that fewer voters were for; ties, skipped pairs and second showings decide nothing', () => {
  const votes = [
    vote(2, 'b'),
    vote(1, 'a'),
    vote(3, 'tie'),
    vote(4, 'skip'),
    vote(5, 'a'),
    vote(5, 'b', { voter: 'Bob' }),
    vote(9, 'b', { repeats: 1, imageId: 1 }),
  ]
  expect(lostPhotos(votes)).toEqual({ a: [2], b: [1] })
})

describe('consistency', () => {
  test('repeated pairs count as the same where the same text wins, wherever it stands; skipped ones do not count', () => {
    const firsts = [...many(6, 'a'), vote(7, 'tie'), vote(8, 'skip')]
    const again = [
      ...[1, 2, 3, 4].map((pairId) => vote(100 + pairId, 'a', { repeats: pairId, imageId: pairId, left: 'b' })),
      vote(105, 'b', { repeats: 5, imageId: 5, left: 'b' }),
      vote(107, 'tie', { repeats: 7, imageId: 7, left: 'b' }),
      vote(108, 'a', { repeats: 8, imageId: 8, left: 'b' }),
    ]
    const figures = figuresOf([...firsts, ...again], null)
    expect(figures).toMatchObject({ aWins: 6, ties: 1, skipped: 1, repeated: 6, repeatedSame: 5 })
    expect(figures.self?.value).toBeCloseTo(5 / 6, 12)
    // Left: six first votes for a, the second ones for a stand right but the fifth, which is for b on the left.
    expect(figures.left?.value).toBeCloseTo(7 / 12, 12)
  })

  test('whoever always presses left leans left and contradicts themselves', () => {
    const firsts = Array.from({ length: 30 }, (_, i) => vote(i + 1, i % 2 === 0 ? 'a' : 'b', { left: i % 2 === 0 ? 'a' : 'b' }))
    const again = firsts
      .slice(0, 6)
      .map(({ pairId, left }) => vote(pairId + 100, left === 'a' ? 'b' : 'a', { repeats: pairId, imageId: pairId, left: left === 'a' ? 'b' : 'a' }))
    const figures = figuresOf([...firsts, ...again], null)
    expect(figures.left?.value).toBe(1)
    expect(figures.left?.high).toBeCloseTo(1, 12)
    expect(figures.left?.low).toBeGreaterThan(0.5)
    expect(figures.self?.value).toBe(0)
    expect(preferred(figures)).toBeNull()
  })

  test('voters are compared on pairs that several voted on', () => {
    const ada = [...many(3, 'a'), vote(4, 'b'), vote(5, 'a'), vote(6, 'a')]
    const bob = [...many(3, 'a'), vote(4, 'b'), vote(5, 'b'), vote(7, 'a')].map((each) => ({ ...each, voter: 'Bob' }))
    const between = betweenVoters([...ada, ...bob])
    expect(between?.pairs).toBe(5)
    expect(between?.share.value).toBeCloseTo(0.8, 12)
    // Of ten votes seven are for a and three for b: chance reaches 0.58.
    expect(between?.kappa?.value).toBeCloseTo((0.8 - 0.58) / 0.42, 12)
    expect(betweenVoters(ada)).toBeNull()
  })
})

/** τ-b by its definition, over all couples of pairs. */
function tauOf(pairs: readonly (readonly [number, number])[]): number {
  let [balance, ofX, ofY] = [0, 0, 0]
  pairs.forEach(([x, y], i) => {
    for (const [otherX, otherY] of pairs.slice(i + 1)) {
      const [dx, dy] = [Math.sign(x - otherX), Math.sign(y - otherY)]
      balance += dx * dy
      ofX += dx * dx
      ofY += dy * dy
    }
  })
  return balance / Math.sqrt(ofX * ofY)
}

function agreementWith(differences: readonly number[], verdicts: readonly Verdict[]): MetricAgreement {
  const votes = verdicts.map((verdict, imageId) => ({ imageId, verdict }))
  const steps = agreementsOf(new Map([['CIDEr', new Map(differences.map((value, i) => [i, value]))]]), votes)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value[0]
  }
}

describe('a metric’s agreement with the votes', () => {
  test('is the share that it agrees with less the share that it does not, where nothing is tied', () => {
    const { tau, decided, agreeing } = agreementWith([1, 2, 0.5, 3, 1, 1, 1, -1, -2, -3], ['a', 'a', 'a', 'a', 'a', 'b', 'b', 'b', 'b', 'a'])
    expect({ decided, agreeing }).toEqual({ decided: 10, agreeing: 7 })
    expect(tau?.value).toBeCloseTo(0.4, 12)
    expect(tau?.low).toBeLessThan(0.4)
    expect(tau?.high).toBeGreaterThan(0.4)
    expect(agreementWith([1, 1, 1], ['a', 'a', 'a']).tau?.value).toBe(1)
    expect(agreementWith([1, 1, 1], ['b', 'b', 'b']).tau?.value).toBe(-1)
  })

  test('is τ-b by its definition where votes and scores are tied, whichever side is called a', () => {
    const differences = [1, 1, 0, -1, 1, 0, 1e-12, -2]
    const verdicts: Verdict[] = ['a', 'tie', 'a', 'b', 'b', 'tie', 'b', 'tie']
    const rating = verdicts.map((verdict) => (verdict === 'a' ? 1 : verdict === 'b' ? -1 : 0))
    const pairs = differences.map((value, i) => [Math.abs(value) < 1e-9 ? 0 : Math.sign(value), rating[i]] as const)
    const expected = tauOf([...pairs, ...pairs.map(([x, y]) => [-x, -y] as const)])
    expect(agreementWith(differences, verdicts).tau?.value).toBeCloseTo(expected, 12)
    const turned: Verdict[] = verdicts.map((verdict, i) => (i % 2 === 0 || verdict === 'tie' ? verdict : verdict === 'a' ? 'b' : 'a'))
    const mirrored = differences.map((value, i) => (i % 2 === 0 ? value : -value))
    expect(agreementWith(mirrored, turned).tau?.value).toBeCloseTo(expected, 12)
  })

  test('is nothing where the metric never differs', () => {
    expect(agreementWith([0, 0, 0], ['a', 'b', 'tie']).tau).toBeNull()
  })

  test('of words is computed on the texts that were voted on, of tools taken from scores of these; what is missing is named', async () => {
    const workspace = await testWorkspace()
    const { call, service, reader } = workspace
    const root = join(workspace.folder, 'photos')
    const said = (imageId: number): string => `a ${['red', 'green', 'blue'][imageId % 3]} boat number ${imageId} on the water`
    await importImages(
      workspace,
      Array.from({ length: 12 }, (_, i) =>
        importedImage(root, i + 1, {
          references: [
            { text: said(i + 1), source: 'file' },
            { text: `boat ${i + 1}`, source: 'file' },
          ],
        }),
      ),
    )
    const caption = (modelId: string, textOf: (imageId: number) => string) =>
      service.applyBatch(1, {
        kind: 'captions',
        rows: Array.from({ length: 12 }, (_, i) => ({
          imageId: i + 1,
          modelId,
          beam: 1,
          candidates: [{ text: textOf(i + 1), logProbability: -1, tokenLogProbabilities: null }],
        })),
      })
    await caption('base', said)
    await caption('other', () => 'two dogs')
    const documentFrequencyId = reader.prepare<[], string>("SELECT value FROM property WHERE name = 'document_frequency_id'").pluck().get() ?? ''
    for (const [modelId, SPICE] of [
      ['base', 0.1],
      ['other', 0.3],
    ] as const) {
      const rows = Array.from({ length: 10 }, (_, i) => ({ imageId: i + 1, scores: { SPICE } }))
      await service.applyBatch(1, { kind: 'scores', modelId, referenceSet: 'references', documentFrequencyId, rows })
    }
    const { id: ballotId } = await call('votes.create', { recipe: { a: { kind: 'model', modelId: 'base' }, b: { kind: 'model', modelId: 'other' } } })
    for (let turn = await call('votes.turn', { ballotId }); turn.pair !== null;) {
      turn = await call('votes.cast', { ballotId, pairId: turn.pair.pairId, choice: turn.pair.left.startsWith('a ') ? 'left' : 'right' })
    }
    await caption('other', () => 'another caption, later')
    await call('votes.close', { ballotId })
    const { metrics, leftOut } = await call('votes.results', { ballotId })
    const of = (name: string) => metrics.find(({ metric }) => metric === name)
    for (const name of ['Bleu_1', 'Bleu_4', 'ROUGE_L', 'CIDEr'])
      expect(of(name), name).toMatchObject({ photos: 12, votes: 12, agreeing: 12, tau: { value: 1 } })
    // Its scores went with the captions that were made anew.
    expect(of('SPICE')).toBeUndefined()
    expect(leftOut).toEqual([{ metrics: ['METEOR', 'SPICE', 'CLIPScore', 'RefCLIPScore'], reason: 'both models have to be scored with it on these photos' }])
  })
})
