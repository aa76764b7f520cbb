import { expect, test } from 'vitest'
import { packIds, unpackIds } from '#shared/packing.ts'

const long = Array.from({ length: 1500 }, (_, index) => 1500 - index)

test('a long list of ids crosses as bytes and comes back as it was', () => {
  const packed = packIds(long)
  expect(packed).toBeInstanceOf(Uint32Array)
  expect(unpackIds(structuredClone(packed))).toEqual(long)
})

test('a list comes back without its iterator, which takes eight times as long', () => {
  const packed = Object.assign(Uint32Array.from(long), {
    [Symbol.iterator]: () => {
      throw new Error('asked for each number')
    },
  })
  expect(unpackIds(packed)).toEqual(long)
})

test('what is no long list of ids is left as it is', () => {
  for (const value of [[1, 2, 3], null, 'text', { ids: long }, [...long, 0.5], [...long, -1], [...long, 2 ** 32], [...long, 'x'], [...long, Number.NaN]])
    expect(packIds(value)).toBe(value)
})
