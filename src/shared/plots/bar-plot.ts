/** Bars side by side: how many of something there are, or how much, by range or by name. */
import { colourOf, ink, placeOn, scaleOver, short, svgLine, svgSheet, svgText, tickText } from './svg.ts'

export interface PlottedBar {
  label: string
  /** Null: not known. */
  value: number | null
  /** What the value is a part of, drawn behind it. */
  of?: number
}

export interface BarPlot {
  title: string
  /** What the bars are, below them. */
  across: string
  left: string
  bars: readonly PlottedBar[]
}

const [width, height] = [720, 320]
const margin = { top: 48, left: 56, right: 24, bottom: 52 }
/** Labels below the bars that find room. */
const mostLabels = 8

export function barPlot({ title, across, left, bars }: BarPlot): string {
  const [right, bottom] = [width - margin.right, height - margin.bottom]
  const scale = scaleOver({ low: 0, high: Math.max(0, ...bars.map(({ value, of }) => of ?? value ?? 0)) || 1 })
  const y = (value: number): number => placeOn(scale, value, bottom, margin.top)
  const room = (right - margin.left) / Math.max(1, bars.length)
  const rect = (index: number, value: number, colour: string): string =>
    `<rect x="${short(margin.left + room * (index + 0.08))}" y="${short(y(value))}" width="${short(room * 0.84)}" height="${short(bottom - y(value))}" fill="${colour}"/>`
  const every = Math.ceil(bars.length / mostLabels)
  return svgSheet(width, height, title, [
    svgText(margin.left, 22, title, { size: 14, weight: 600 }),
    svgText(margin.left, margin.top - 8, left, { colour: ink.muted, size: 11 }),
    ...scale.ticks.flatMap((tick) => [
      svgLine(margin.left, y(tick), right, y(tick), ink.grid),
      svgText(margin.left - 8, y(tick) + 4, tickText(tick, scale), { anchor: 'end', colour: ink.muted, size: 11 }),
    ]),
    ...bars.flatMap(({ value, of }, index) => [
      ...(of === undefined ? [] : [rect(index, of, ink.grid)]),
      ...(value === null ? [] : [rect(index, value, colourOf(0))]),
    ]),
    svgLine(margin.left, bottom, right, bottom, ink.axis),
    ...bars.flatMap(({ label }, index) =>
      index % every === 0 ? [svgText(margin.left + room * (index + 0.5), bottom + 16, label, { anchor: 'middle', colour: ink.muted, size: 10 })] : [],
    ),
    svgText(right, bottom + 36, across, { anchor: 'end', colour: ink.muted, size: 11 }),
  ])
}
