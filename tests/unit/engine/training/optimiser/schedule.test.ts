import { expect, test } from 'vitest'
import { learningRateAt } from '#engine/training/optimiser/schedule.ts'

const setting = { peak: 1, width: 512, totalSteps: 1000, stepsPerEpoch: 100 }

test('Noam with 20,000 warm-up steps gives the published rates', () => {
  const rate = (step: number): number => learningRateAt({ kind: 'noam', warmupSteps: 20_000, factor: 1 }, setting, step)
  expect(rate(1)).toBeCloseTo(1.5625e-8, 12)
  expect(rate(1000)).toBeCloseTo(1.5625e-5, 9)
  expect(rate(20_000)).toBeCloseTo(3.125e-4, 8)
  expect(rate(40_000)).toBeCloseTo(2.2097e-4, 8)
  expect(rate(170_000)).toBeCloseTo(1.0719e-4, 7)
})

test('a cosine warms up, peaks, and ends at its floor', () => {
  const rate = (step: number): number => learningRateAt({ kind: 'cosine', warmupSteps: 100, floor: 0.1 }, setting, step)
  expect(rate(50)).toBeCloseTo(0.5)
  expect(rate(100)).toBeCloseTo(1)
  expect(rate(550)).toBeCloseTo(0.55)
  expect(rate(1000)).toBeCloseTo(0.1)
})

test('steps halve the rate after every so many epochs', () => {
  const rate = (step: number): number => learningRateAt({ kind: 'steps', warmupSteps: 10, everyEpochs: 3, factor: 0.5 }, setting, step)
  expect([rate(5), rate(10), rate(300), rate(301), rate(601)]).toEqual([0.5, 1, 1, 0.5, 0.25])
})

test('constant stays at the peak after its warm-up', () => {
  const rate = (step: number): number => learningRateAt({ kind: 'constant', warmupSteps: 4 }, setting, step)
  expect([rate(1), rate(4), rate(999)]).toEqual([0.25, 1, 1])
})
