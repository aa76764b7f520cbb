/** Values with their intervals, a row each: how the scores of an experiment are compared at a glance. */
import { colourOf, ink, placeOn, rangeOf, scaleOver, short, svgLine, svgSheet, svgText, tickText } from './svg.ts'

export interface IntervalRow {
  label: string
  /** Rows of one group share a colour. */
  group: string
  value: number
  low: number
  high: number
}

export interface IntervalPlot {
  title: string
  /** What the values are, under the scale. */
  across: string
  rows: readonly IntervalRow[]
  /** Draw the line of no difference? */
  zero?: boolean
}

const width = 720
const rowHeight = 26
const margin = { top: 40, right: 72, bottom: 44 }
const letter = 6.4 // the mean width of a letter at the labels' size

/** Draws a dot for each value and a bar for its interval, the number beside it. */
export function intervalPlot({ title, across, rows, zero = false }: IntervalPlot): string {
  const left = Math.min(340, 24 + letter * Math.max(10, ...rows.map(({ label }) => label.length)))
  const right = width - margin.right
  const bottom = margin.top + rows.length * rowHeight + 8
  const scale = scaleOver(rangeOf([...rows.flatMap(({ low, high, value }) => [low, high, value]), ...(zero ? [0] : [])]), 6)
  const x = (value: number): number => placeOn(scale, value, left, right)
  const groups = [...new Set(rows.map(({ group }) => group))]
  const marks = rows.flatMap(({ label, group, value, low, high }, index) => {
    const y = margin.top + index * rowHeight + rowHeight / 2 + 4
    const colour = colourOf(groups.indexOf(group))
    return [
      svgText(left - 12, y + 4, label, { anchor: 'end' }),
      svgLine(x(low), y, x(high), y, colour, 3),
      svgLine(x(low), y - 5, x(low), y + 5, colour, 2),
      svgLine(x(high), y - 5, x(high), y + 5, colour, 2),
      `<circle cx="${short(x(value))}" cy="${short(y)}" r="5" fill="${colour}"/>`,
      svgText(right + 12, y + 4, zero && value > 0 ? `+${value.toFixed(3)}` : value.toFixed(3).replace('-', '−'), { colour: ink.muted, size: 11 }),
    ]
  })
  return svgSheet(width, bottom + margin.bottom - 4, title, [
    svgText(16, 22, title, { size: 14, weight: 600 }),
    ...scale.ticks.flatMap((tick) => [
      svgLine(x(tick), margin.top, x(tick), bottom, zero && Math.abs(tick) < 1e-12 ? ink.axis : ink.grid, zero && Math.abs(tick) < 1e-12 ? 2 : 1),
      svgText(x(tick), bottom + 16, tickText(tick, scale), { anchor: 'middle', colour: ink.muted, size: 11 }),
    ]),
    ...marks,
    svgText(right, bottom + 32, across, { anchor: 'end', colour: ink.muted, size: 11 }),
  ])
}
