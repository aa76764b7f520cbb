/** A run's curve as an SVG, for its model card. */
import { linePlot } from '#shared/plots/line-plot.ts'
import type { CurvePoint } from './curve.ts'

/** What training watched (the loss, or the reward of what was written; left scale) and dev CIDEr (right scale) over the steps. */
export function curveDrawing(curve: readonly CurvePoint[]): string {
  const steps = curve.filter((point) => point.kind === 'step')
  const watched = steps.some(({ reward }) => reward !== undefined) ? 'reward' : 'loss'
  const scores = curve.flatMap((point) => (point.kind === 'evaluation' ? [{ x: point.step, y: point.scores['CIDEr'] ?? 0 }] : []))
  return linePlot({
    title: `${watched === 'reward' ? 'Reward' : 'Loss'} and dev CIDEr`,
    across: 'steps',
    left: watched,
    right: 'dev CIDEr',
    lines: [
      { title: watched, points: steps.map((point) => ({ x: point.step, y: point[watched] ?? 0 })) },
      { title: 'dev CIDEr', points: scores, scale: 'right' },
    ],
  })
}
