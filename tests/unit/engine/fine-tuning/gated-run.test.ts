import { describe, expect, test } from 'vitest'
import { keptShare, lossOf } from '#engine/fine-tuning/gated-run.ts'
import { lossCounts, schoolingOf } from '#engine/fine-tuning/learning-method.ts'

const lossesFrom = (limit: number) => (keep: number) => Promise.resolve(keep > limit ? 0.05 : 0.005)

describe('the share that is kept', () => {
  test('is the whole of what the recipe keeps where that loses little', async () => {
    expect(await keptShare(0.9, lossesFrom(1), 0.25)).toBe(0.9)
  })

  test('is the largest that loses little where more loses', async () => {
    const share = await keptShare(0.9, lossesFrom(0.7), 0.25)
    expect(share).toBeLessThan(0.7)
    expect(share).toBeGreaterThan(0.6)
  })

  test('is little where every share loses, and the whole where the run was ended for its losses', async () => {
    expect(await keptShare(0.8, lossesFrom(0), 0.25)).toBeCloseTo(0.2, 12)
    expect(await keptShare(0.8, lossesFrom(0), 1)).toBe(0.8)
  })
})

describe('a loss', () => {
  // A mean of 0.03 that wide scores leave in doubt.
  const before = Array.from({ length: 60 }, (_, photo) => (photo % 2 === 0 ? 0.2 : 0.6))
  const after = before.map((score, photo) => score - 0.03 + (photo % 3 === 0 ? 0.3 : -0.15))

  test('counts by its mean for a parent of self-critical training, and where it is beyond doubt for one of imitation', () => {
    expect(lossOf({ before, after }, 'by the mean')).toBeCloseTo(0.03, 12)
    expect(lossOf({ before, after }, 'beyond doubt')).toBeLessThan(0)
    const sure = before.map((score) => score - 0.03)
    expect(lossOf({ before, after: sure }, 'beyond doubt')).toBeCloseTo(0.03, 12)
    const of = (kind: string) => lossCounts[schoolingOf({ provenance: { recipe: { objective: { kind } } } } as unknown as Parameters<typeof schoolingOf>[0])]
    expect([of('self-critical'), of('cross-entropy')]).toEqual(['by the mean', 'beyond doubt'])
  })

  test('of too few photos counts by its mean', () => {
    expect(lossOf({ before: [0.5, 0.5], after: [0.4, 0.5] }, 'beyond doubt')).toBeCloseTo(0.05, 12)
  })
})
