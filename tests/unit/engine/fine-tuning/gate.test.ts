import { describe, expect, test } from 'vitest'
import { gateSide, judgeGate } from '#engine/fine-tuning/gate.ts'
import { onlyLoses } from '#shared/fine-tuning.ts'
import { expectedGain, measuredGains, moreCorrectionsNeeded } from '#engine/fine-tuning/learning-curve.ts'
import { normal, randomAt } from '#shared/random.ts'

/** Scores of photos whose difference has the mean and the standard deviation. */
function scores(photos: number, mean: number, deviation: number) {
  const random = randomAt(1, 'weights', photos)
  const noise = Array.from({ length: photos }, () => normal(random))
  const centre = noise.reduce((sum, value) => sum + value, 0) / photos
  const before = Array.from({ length: photos }, (_, index) => 0.5 + (index % 7) / 10)
  return { before, after: before.map((value, index) => value + mean + deviation * (noise[index] - centre)) }
}

const none = { before: [], after: [] }
const judged = (corrections: ReturnType<typeof scores> | typeof none, domain: ReturnType<typeof scores> | typeof none) =>
  judgeGate({ corrections, domain, chosenBy: { corrections: 10, domain: 200 }, corrected: 200, keep: 0.5, method: 'm' })

describe('the gate', () => {
  test('lets a model pass that gained on held-out corrections and forgot nothing', () => {
    const gate = judged(scores(30, 0.3, 0.4), scores(400, 0, 0.15))
    expect(gate).toMatchObject({ verdict: 'better', moreCorrections: null })
    expect(gate.corrections?.low).toBeGreaterThan(0)
    expect(gate.reason).toContain('It gained on 30 held-out corrections (CIDEr +0.300')
  })

  test('keeps the parent where the held-out corrections lost beyond doubt, whatever the rest did', () => {
    expect(judged(scores(30, -0.3, 0.3), scores(400, 0.05, 0.1))).toMatchObject({
      verdict: 'worse',
      reason: expect.stringContaining('The parent is kept.') as string,
    })
  })

  test('keeps the parent where its domain lost more than 0.02 and corrections show no gain', () => {
    expect(judged(scores(20, 0.02, 0.6), scores(400, -0.1, 0.2)).verdict).toBe('worse')
    expect(judged(none, scores(400, -0.1, 0.2)).verdict).toBe('worse')
  })

  test('says that one was traded for the other where corrections gained and the domain lost beyond doubt', () => {
    expect(judged(scores(30, 0.3, 0.4), scores(400, -0.1, 0.2)).verdict).toBe('traded')
  })

  test('says that it cannot tell where few corrections spread widely, and how many more would tell', () => {
    const gate = judged(scores(24, 0.05, 0.3), scores(400, 0, 0.15))
    expect(gate.verdict).toBe('unclear')
    expect(gate.reason).toContain('cannot tell whether it gained')
    expect(gate.moreCorrections).toBeGreaterThan(0)
  })

  test('asks for no more corrections where the held-out ones told, and photos of the domain are what is wanting', () => {
    expect(judged(scores(30, 0.3, 0.4), none)).toMatchObject({ verdict: 'unclear', moreCorrections: null })
  })

  test('has no side with fewer photos than tell anything', () => {
    expect(gateSide(scores(4, 1, 0.1))).toBeNull()
    expect(judged(none, none)).toMatchObject({ verdict: 'unclear', corrections: null, domain: null })
  })

  test('says which photos chose, and that none were left to choose by', () => {
    const told = judged(scores(30, 0.3, 0.4), scores(400, 0, 0.15)).reason
    expect(told).toContain('Others (10 held-out corrections, 200 photos of what the parent learned from) told when to stop and how much to keep.')
    const alone = judgeGate({ corrections: none, domain: none, chosenBy: { corrections: 0, domain: 0 }, corrected: 6, keep: 1, method: 'm' }).reason
    expect(alone).toContain('No photos were left to stop by')
  })

  test('says how many photos of the domain would tell, from the spread that these have', () => {
    const told = (spread: number): number => Number(/at their spread, about (\d+) would/.exec(judged(scores(30, 0.3, 0.4), scores(60, 0, spread)).reason)?.[1])
    const [narrow, wide] = [told(0.2), told(0.4)]
    expect(Math.abs(wide / narrow - 4)).toBeLessThan(0.02)
    // So many photos with that spread do show it, and a quarter fewer do not.
    expect(gateSide(scores(Math.ceil(1.1 * narrow), -0.02, 0.2))?.high).toBeLessThan(0)
    expect(gateSide(scores(Math.floor(0.6 * narrow), -0.02, 0.2))?.high).toBeGreaterThan(0)
  })

  test('400 photos of the domain show a loss of 0.02 at the spread that fine-tuning has', () => {
    const side = gateSide(scores(400, -0.022, 0.2))
    expect(side?.high).toBeLessThan(0)
  })
})

test('a run only loses where both sides fell and one of them did so beyond doubt', () => {
  const lost = gateSide(scores(100, -0.1, 0.2))
  const unclearLoss = gateSide(scores(30, -0.05, 0.6))
  const gained = gateSide(scores(100, 0.1, 0.2))
  expect(onlyLoses(lost, unclearLoss)).toBe(true)
  expect(onlyLoses(unclearLoss, lost)).toBe(true)
  expect(onlyLoses(unclearLoss, null)).toBe(false)
  expect(onlyLoses(lost, gained)).toBe(false)
  expect(onlyLoses(null, null)).toBe(false)
  expect(onlyLoses(null, gateSide(scores(400, -0.012, 0.05)))).toBe(false)
})

describe('the learning curve', () => {
  test('goes through the measured points in straight lines and stays at the last', () => {
    for (const { corrections, gain } of measuredGains) expect(expectedGain(corrections)).toBeCloseTo(gain, 10)
    expect(expectedGain(0)).toBe(0)
    expect(expectedGain(10_000)).toBe(measuredGains.at(-1)?.gain)
  })

  test('asks for more corrections the wider the differences spread', () => {
    const needed = [0.1, 0.2, 0.3].map((spread) => moreCorrectionsNeeded(scores(15, 0, spread), 100))
    expect(needed.every((count) => count !== null && count > 0)).toBe(true)
    expect(needed).toEqual([...needed].sort((a, b) => Number(a) - Number(b)))
    expect(moreCorrectionsNeeded(scores(15, 0, 5), 100)).toBeNull()
    expect(moreCorrectionsNeeded({ before: [1], after: [1] }, 10)).toBeNull()
  })
})
