/** A run's curve as an SVG, for its model card. */
import type { CurvePoint } from './curve.ts'

/** Loss (left scale) and dev CIDEr (right scale) over the steps. */
export function curveDrawing(curve: readonly CurvePoint[]): string {
  const losses = curve.flatMap((point) => (point.kind === 'step' ? [{ x: point.step, y: point.loss }] : []))
  const scores = curve.flatMap((point) => (point.kind === 'evaluation' ? [{ x: point.step, y: point.scores['CIDEr'] ?? 0 }] : []))
  const [width, height, margin] = [640, 320, 40]
  const lastStep = Math.max(1, ...curve.map(({ step }) => step))
  const line = (points: readonly { x: number; y: number }[], colour: string): string => {
    const highest = Math.max(...points.map(({ y }) => y), 1e-9)
    const place = points.map(({ x, y }) => {
      const left = margin + ((width - 2 * margin) * x) / lastStep
      const top = height - margin - ((height - 2 * margin) * y) / highest
      return `${left.toFixed(1)},${top.toFixed(1)}`
    })
    return `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${place.join(' ')}"/>`
  }
  const label = (x: number, y: number, anchor: string, colour: string, text: string): string =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${colour}" font-family="sans-serif" font-size="12">${text}</text>`
  const highest = (points: readonly { y: number }[]): string => Math.max(0, ...points.map(({ y }) => y)).toFixed(3)
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<rect width="100%" height="100%" fill="white"/>
<path d="M${margin} ${margin}V${height - margin}H${width - margin}V${margin}" fill="none" stroke="#888"/>
${line(losses, '#b45309')}
${line(scores, '#1d4ed8')}
${label(margin, margin - 8, 'start', '#b45309', `loss, up to ${highest(losses)}`)}
${label(width - margin, margin - 8, 'end', '#1d4ed8', `dev CIDEr, up to ${highest(scores)}`)}
${label(width - margin, height - margin + 18, 'end', '#444', `step ${lastStep}`)}
</svg>
`
}
