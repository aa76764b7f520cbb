/** Lines over one horizontal scale, with a second vertical scale where two measures share a plot. */
import { colourOf, ink, placeOn, rangeOf, scaleOver, short, svgLine, svgSheet, svgText, tickText, type Scale } from './svg.ts'

export interface Line {
  title: string
  points: readonly { x: number; y: number }[]
  /** Which vertical scale it follows, the left one unless told. */
  scale?: 'left' | 'right'
}

export interface LinePlot {
  title: string
  across: string
  left: string
  right?: string
  lines: readonly Line[]
}

const [width, plotHeight] = [720, 320]
const margin = { top: 40, left: 56, right: 24, bottom: 44 }
const legendRow = 18

/** Draws the lines; a legend below names them, in the order given. */
export function linePlot({ title, across, left, right, lines }: LinePlot): string {
  const rightEdge = width - (right === undefined ? margin.right : margin.left)
  const bottom = plotHeight - margin.bottom
  const drawn = lines.filter(({ points }) => points.length > 0)
  const horizontal = scaleOver(rangeOf(drawn.flatMap(({ points }) => points.map(({ x }) => x))), 6)
  const vertical = (side: 'left' | 'right'): Scale =>
    scaleOver(rangeOf(drawn.filter(({ scale = 'left' }) => scale === side).flatMap(({ points }) => points.map(({ y }) => y))))
  const scales = { left: vertical('left'), right: vertical('right') }
  const x = (value: number): number => placeOn(horizontal, value, margin.left, rightEdge)
  const y = (scale: Scale, value: number): number => placeOn(scale, value, bottom, margin.top)

  const grid = scales.left.ticks.flatMap((tick) => [
    svgLine(margin.left, y(scales.left, tick), rightEdge, y(scales.left, tick), ink.grid),
    svgText(margin.left - 8, y(scales.left, tick) + 4, tickText(tick, scales.left), { anchor: 'end', colour: ink.muted, size: 11 }),
  ])
  const rightTicks =
    right === undefined
      ? []
      : scales.right.ticks.map((tick) => svgText(rightEdge + 8, y(scales.right, tick) + 4, tickText(tick, scales.right), { colour: ink.muted, size: 11 }))
  const ticksBelow = horizontal.ticks.map((tick) =>
    svgText(x(tick), bottom + 16, tickText(tick, horizontal), { anchor: 'middle', colour: ink.muted, size: 11 }),
  )
  const paths = lines.flatMap(({ points, scale = 'left' }, index) => {
    const places = points.map((point) => `${short(x(point.x))},${short(y(scales[scale], point.y))}`)
    const colour = colourOf(index)
    if (places.length === 1) return [`<circle cx="${places[0].replace(',', '" cy="')}" r="3" fill="${colour}"/>`]
    return places.length === 0 ? [] : [`<polyline fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round" points="${places.join(' ')}"/>`]
  })
  const legend = lines.flatMap(({ title: name }, index) => {
    const top = plotHeight + index * legendRow
    return [svgLine(margin.left, top + 6, margin.left + 22, top + 6, colourOf(index), 3), svgText(margin.left + 30, top + 10, name)]
  })
  return svgSheet(width, plotHeight + lines.length * legendRow + 12, title, [
    svgText(margin.left, 22, title, { size: 14, weight: 600 }),
    svgText(margin.left, margin.top - 6, left, { colour: ink.muted, size: 11 }),
    ...(right === undefined ? [] : [svgText(rightEdge, margin.top - 6, right, { anchor: 'end', colour: ink.muted, size: 11 })]),
    ...grid,
    ...rightTicks,
    ...ticksBelow,
    svgLine(margin.left, bottom, rightEdge, bottom, ink.axis),
    svgText(rightEdge, bottom + 32, across, { anchor: 'end', colour: ink.muted, size: 11 }),
    ...paths,
    ...legend,
  ])
}
