import { describe, expect, test } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { useLiveScores } from '../../../src/renderer/composables/use-live-scores.ts'
import { createMemoryBridge, installBridge } from '../../support/memory-bridge.ts'

describe('live scores', () => {
  test('one question is under way at a time, and the last answer is for the newest text', async () => {
    const asked: string[] = []
    const answers: (() => void)[] = []
    installBridge(
      createMemoryBridge({
        'scores.live': ({ text }) => {
          asked.push(text)
          return new Promise((resolve) => answers.push(() => resolve({ CIDEr: text.length })))
        },
      }),
    )
    const text = ref('a')
    const scope = effectScope()
    const live = scope.run(() =>
      useLiveScores(
        () => 1,
        () => text.value,
      ),
    )!
    for (const typed of ['a c', 'a ca', 'a cat']) {
      text.value = typed
      await nextTick()
    }
    expect(asked).toEqual(['a'])
    answers[0]()
    await expect.poll(() => asked).toEqual(['a', 'a cat'])
    answers[1]()
    await expect.poll(() => live.scores.value).toEqual({ CIDEr: 5 })
    scope.stop()
  })

  test('an answer for the image before is not shown on the next', async () => {
    const answers = new Map<number, () => void>()
    installBridge(
      createMemoryBridge({
        'scores.live': ({ imageId }) => new Promise((resolve) => answers.set(imageId, () => resolve({ CIDEr: imageId }))),
      }),
    )
    const imageId = ref(1)
    const scope = effectScope()
    const live = scope.run(() =>
      useLiveScores(
        () => imageId.value,
        () => 'a cat',
      ),
    )!
    await expect.poll(() => answers.has(1)).toBe(true)
    imageId.value = 2
    await nextTick()
    answers.get(1)!()
    await expect.poll(() => answers.has(2)).toBe(true)
    expect(live.scores.value).toBeNull()
    answers.get(2)!()
    await expect.poll(() => live.scores.value).toEqual({ CIDEr: 2 })
    scope.stop()
  })

  test('an empty text and an image without references ask nothing', async () => {
    const bridge = createMemoryBridge({})
    installBridge(bridge)
    const scope = effectScope()
    scope.run(() => {
      useLiveScores(
        () => 1,
        () => '  ',
      )
      useLiveScores(
        () => null,
        () => 'a cat',
      )
    })
    await nextTick()
    expect(bridge.calls).toEqual([])
    scope.stop()
  })
})
