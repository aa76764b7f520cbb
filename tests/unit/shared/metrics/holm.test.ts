import { expect, test } from 'vitest'
import { holm } from '#shared/metrics/holm.ts'

test('Holm’s own steps: the smallest p counts as often as there are comparisons, none comes before a smaller one', () => {
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02])
  expect(holm([0.6, 0.9])).toEqual([1, 1])
  expect(holm([])).toEqual([])
})
