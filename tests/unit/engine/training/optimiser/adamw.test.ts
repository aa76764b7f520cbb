import { describe, expect, test } from 'vitest'
import { clippingFactors, sumOfSquares, updateRange, type OptimizerArrays } from '#engine/training/optimiser/adamw.ts'
import { openAdamwKernel } from '#engine/training/optimiser/adamw-kernel.ts'
import { normal, randomAt } from '#shared/random.ts'
import { updateSetting as setting } from '../../../../support/update-setting.ts'

function drawnIn(buffer: ArrayBuffer, length: number): OptimizerArrays {
  const at = (place: number): Float32Array => new Float32Array(buffer, place * 4096, length)
  const arrays = { values: at(0), gradients: at(1), firstMoments: at(2), secondMoments: at(3), average: at(4) }
  const random = randomAt(1, 'weights', 0)
  for (const array of Object.values(arrays)) for (let i = 0; i < length; i++) array[i] = normal(random)
  for (let i = 0; i < length; i++) arrays.secondMoments[i] = Math.abs(arrays.secondMoments[i])
  return arrays
}

describe('updateRange', () => {
  test('follows the published formulas', () => {
    const arrays = drawnIn(new ArrayBuffer(5 * 4096), 3)
    const before = {
      values: arrays.values[1],
      gradients: arrays.gradients[1],
      firstMoments: arrays.firstMoments[1],
      secondMoments: arrays.secondMoments[1],
      average: arrays.average[1],
    }
    updateRange(arrays, setting, 0.1, 0, 3)
    const gradient = Math.max(-0.5, Math.min(0.5, before.gradients * 0.7))
    const first = 0.9 * before.firstMoments + 0.1 * gradient
    const second = 0.98 * before.secondMoments + 0.02 * gradient ** 2
    const value = before.values * (1 - 1e-3 * 0.1) - (1e-3 * (first / 0.1)) / (Math.sqrt(second / 0.02) + 1e-8)
    expect(arrays.firstMoments[1]).toBeCloseTo(first, 6)
    expect(arrays.secondMoments[1]).toBeCloseTo(second, 6)
    expect(arrays.values[1]).toBeCloseTo(value, 6)
    expect(arrays.average[1]).toBeCloseTo(before.average * 0.99 + value * 0.01, 6)
  })

  test('minimises a quadratic', () => {
    const arrays: OptimizerArrays = {
      values: Float32Array.of(3, -2),
      gradients: new Float32Array(2),
      firstMoments: new Float32Array(2),
      secondMoments: new Float32Array(2),
      average: new Float32Array(0),
    }
    for (let step = 1; step <= 2000; step++) {
      arrays.gradients[0] = 2 * (arrays.values[0] - 1)
      arrays.gradients[1] = 20 * (arrays.values[1] - 0.5)
      const bias = { bias1: 1 - 0.9 ** step, bias2: 1 - 0.98 ** step }
      updateRange(arrays, { ...setting, ...bias, learningRate: 0.01, gradientScale: 1, gradientLimit: Infinity }, 0, 0, 2)
    }
    expect(arrays.values[0]).toBeCloseTo(1, 2)
    expect(arrays.values[1]).toBeCloseTo(0.5, 2)
  })
})

describe('the vector kernel', () => {
  test.each([4, 7, 64, 129].flatMap((length) => [true, false].map((shared) => ({ length, shared }))))(
    'does what the loop does, to the bit: $length values, shared memory $shared',
    async ({ length, shared }) => {
      const expected = drawnIn(new ArrayBuffer(5 * 4096), length)
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared })
      const arrays = drawnIn(memory.buffer, length)
      const kernel = await openAdamwKernel(memory, arrays)
      expect(kernel.sumOfSquares(0, length)).toBe(sumOfSquares(expected.gradients, 0, length))
      const middle = Math.floor(length / 2)
      updateRange(expected, setting, 0.1, 0, middle)
      updateRange(expected, setting, 0, middle, length)
      kernel.update(
        [
          { start: 0, length: middle, decay: 0.1 },
          { start: middle, length: length - middle, decay: 0 },
        ],
        setting,
      )
      for (const name of ['values', 'firstMoments', 'secondMoments', 'average'] as const) {
        expect(Buffer.from(arrays[name].slice().buffer).equals(Buffer.from(expected[name].slice().buffer)), name).toBe(true)
      }
    },
  )
})

test('norm clipping scales only norms over the limit, value clipping cuts values', () => {
  expect(clippingFactors({ kind: 'norm', limit: 1 }, 4)).toEqual({ gradientScale: 0.25, gradientLimit: Infinity })
  expect(clippingFactors({ kind: 'norm', limit: 1 }, 0.5)).toEqual({ gradientScale: 1, gradientLimit: Infinity })
  expect(clippingFactors({ kind: 'value', limit: 0.1 }, 4)).toEqual({ gradientScale: 1, gradientLimit: 0.1 })
})
