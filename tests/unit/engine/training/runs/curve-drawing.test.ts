import { expect, test } from 'vitest'
import { curveDrawing } from '#engine/training/runs/curve-drawing.ts'
import type { CurvePoint } from '#engine/training/runs/curve.ts'

const step = (number: number, rest: { loss: number; reward?: number }): CurvePoint => ({
  kind: 'step',
  step: number,
  epoch: number / 10,
  learningRate: 1e-3,
  tokensPerSecond: 1,
  ...rest,
})
const evaluation: CurvePoint = { kind: 'evaluation', step: 20, epoch: 2, scores: { CIDEr: 0.4 } }

test('cross-entropy is drawn by its loss', () => {
  const svg = curveDrawing([step(10, { loss: 4 }), step(20, { loss: 3 }), evaluation])
  expect(svg).toContain('Loss and dev CIDEr')
  expect(svg).not.toContain('reward')
})

test('self-critical training is drawn by its reward, not by a loss that says nothing', () => {
  const svg = curveDrawing([step(10, { loss: 0.01, reward: 0.5 }), step(20, { loss: -0.02, reward: 0.6 }), evaluation])
  expect(svg).toContain('Reward and dev CIDEr')
  expect(svg).not.toContain('loss')
  expect(svg).toContain('>0.50<') // a tick of the reward
})

test('a run without an evaluation is drawn all the same', () => {
  expect(curveDrawing([step(10, { loss: 4 }), step(20, { loss: 3 })])).toContain('<svg')
})
