/** Who sees which photos: nothing is learned from, stopped by, chosen by and judged by the same ones. */
import { describe, expect, test } from 'vitest'
import { fineTuningTexts, imagesOf } from '#engine/fine-tuning/fine-tuning-data.ts'
import { fewestJudged } from '#shared/fine-tuning.ts'
import type { SnapshotItem } from '#engine/workspace/repositories/snapshots.ts'

function items(learned: number, heldOut: number, stored: number): SnapshotItem[] {
  return Array.from({ length: learned + heldOut + stored }, (_, imageId) => {
    const kind = imageId < learned + heldOut ? 'correction' : 'reference'
    return {
      imageId: imageId + 1,
      draw: imageId + 1,
      kind,
      text: `photo ${imageId}`,
      weight: 1,
      heldOut: kind === 'correction' && imageId >= learned,
      replaces: null,
      rating: null,
    }
  })
}

describe('the photos of a run', () => {
  test('have one part each: none that stops or chooses judges too', () => {
    const texts = fineTuningTexts(items(160, 40, 4000))
    const all = imagesOf(texts)
    expect(new Set(all).size).toBe(all.length)
    expect(texts.heldOut.size + texts.stopping.size).toBe(40)
    expect(texts.stopping.size).toBeGreaterThanOrEqual(fewestJudged)
    expect(texts.heldOut.size).toBeGreaterThan(2 * texts.stopping.size)
    // enough photos of the domain to see 0.02, and half as many that choose
    expect(texts.domain.size).toBeGreaterThan(350)
    expect(texts.choosing.size).toBeGreaterThan(150)
    expect(texts.choosing.size).toBeLessThan(texts.domain.size)
  })

  test('few held-out photos all judge, however the draw falls: a handful could not tell when to stop', () => {
    for (let learned = 20; learned < 60; learned++) {
      const texts = fineTuningTexts(items(learned, 14, 50))
      expect([texts.stopping.size, texts.heldOut.size]).toEqual([0, 14])
      if (texts.domain.size + texts.choosing.size < 15) expect(texts.choosing.size).toBe(0)
    }
  })

  test('stay in their part when more photos are corrected', () => {
    const before = fineTuningTexts(items(160, 40, 0))
    const after = fineTuningTexts(items(160, 60, 0))
    for (const imageId of before.stopping.keys()) expect(after.stopping.has(imageId)).toBe(true)
    for (const imageId of before.heldOut.keys()) expect(after.heldOut.has(imageId)).toBe(true)
  })

  test('of few stored captions most are rehearsed', () => {
    const texts = fineTuningTexts(items(20, 5, 100))
    expect(texts.replay.size).toBeGreaterThan(60)
    expect(texts.domain.size + texts.choosing.size).toBeLessThan(35)
  })
})
