import { InvalidArgumentError } from 'commander'
import { expect, test } from 'vitest'
import { numberWithin, wholeNumber } from '../../../src/cli/numbers.ts'

test('whole numbers within their bounds pass, anything else is refused with the bounds', () => {
  const beam = wholeNumber(1, 100)
  expect(['1', '3', '100', '1e1'].map(beam)).toEqual([1, 3, 100, 10])
  for (const text of ['zero', '', ' ', '0', '101', '2.5', '-1', 'Infinity', 'NaN', '3 wide']) expect(() => beam(text), text).toThrow(InvalidArgumentError)
  expect(() => beam('0')).toThrow('Give a whole number from 1 to 100.')
  expect(() => wholeNumber(0)('x')).toThrow('Give a whole number of at least 0.')
})

test('numbers within their bounds pass', () => {
  const cosine = numberWithin(-1, 1)
  expect(['0.97', '-1', '1'].map(cosine)).toEqual([0.97, -1, 1])
  for (const text of ['near', '', '1.01', 'NaN']) expect(() => cosine(text), text).toThrow('Give a number from -1 to 1.')
})
