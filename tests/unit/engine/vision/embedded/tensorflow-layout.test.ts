import { describe, expect, test } from 'vitest'
import { samePads, transpose4 } from '#engine/vision/embedded/tensorflow-layout.ts'

describe('SAME padding', () => {
  test('stride 1 pads both sides alike', () => expect(samePads(10, 3, 1, 1)).toEqual([1, 1]))
  test('stride 2 over an even size pads the end only', () => expect(samePads(300, 3, 2, 1)).toEqual([0, 1]))
  test('stride 2 over an odd size pads both sides', () => expect(samePads(75, 3, 2, 1)).toEqual([1, 1]))
  test('a kernel of one pads nothing', () => expect(samePads(19, 1, 1, 1)).toEqual([0, 0]))
  test('dilation widens the kernel', () => expect(samePads(10, 3, 1, 2)).toEqual([2, 2]))
})

test('axes change places', () => {
  const values = Float32Array.from({ length: 2 * 1 * 3 * 2 }, (_, index) => index)
  // [2, 1, 3, 2] → [2, 3, 2, 1]: the last axis first, then the third, the first, the second
  expect([...transpose4(values, [2, 1, 3, 2], [3, 2, 0, 1])]).toEqual([0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11])
})
