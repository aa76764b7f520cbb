import { expect, test } from 'vitest'
import { interpolateWeights } from '#engine/training/optimiser/interpolate-weights.ts'

const start = new Map([
  ['a', Float32Array.of(0, 2)],
  ['b', Float32Array.of(1)],
])
const trained = new Map([
  ['a', Float32Array.of(4, -2)],
  ['b', Float32Array.of(1)],
])

test('weights lie between the start and the trained ones, by the share', () => {
  expect(interpolateWeights(start, trained, 0.25)).toEqual(
    new Map([
      ['a', Float32Array.of(1, 1)],
      ['b', Float32Array.of(1)],
    ]),
  )
  expect(interpolateWeights(start, trained, 0)).toEqual(start)
  expect(interpolateWeights(start, trained, 1)).toEqual(trained)
})

test('neither of the two is changed', () => {
  interpolateWeights(start, trained, 0.5)
  expect(start.get('a')).toEqual(Float32Array.of(0, 2))
  expect(trained.get('a')).toEqual(Float32Array.of(4, -2))
})

test('weights of captioners of different sizes are refused', () => {
  expect(() => interpolateWeights(new Map([['a', Float32Array.of(1)]]), trained, 0.5)).toThrow(RangeError)
})
