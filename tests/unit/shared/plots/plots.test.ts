import { expect, test } from 'vitest'
import { intervalPlot } from '#shared/plots/interval-plot.ts'
import { linePlot } from '#shared/plots/line-plot.ts'
import { barPlot } from '#shared/plots/bar-plot.ts'
import { plotSize, scaleOver, tickText } from '#shared/plots/svg.ts'

test.each([
  [0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [0.13, 0.29, [0.1, 0.15, 0.2, 0.25, 0.3]],
  [-0.02, 0.06, [-0.02, 0, 0.02, 0.04, 0.06]],
  [1, 750, [0, 200, 400, 600, 800]],
])('a scale from %f to %f begins and ends at round numbers', (low, high, ticks) => {
  const scale = scaleOver({ low, high })
  expect(scale.ticks).toHaveLength(ticks.length)
  scale.ticks.forEach((tick, index) => expect(tick).toBeCloseTo(ticks[index], 9))
})

test('a scale over a single value has room on it', () => {
  const scale = scaleOver({ low: 3, high: 3 })
  expect(scale.high).toBeGreaterThan(scale.low)
})

test('ticks are written with the digits that tell them apart', () => {
  const scale = scaleOver({ low: 0, high: 0.2 })
  expect(scale.ticks.map((tick) => tickText(tick, scale))).toEqual(['0.00', '0.05', '0.10', '0.15', '0.20'])
})

test('a line plot names every line and escapes names', () => {
  const lines = [
    {
      title: 'a < b',
      points: [
        { x: 1, y: 0.1 },
        { x: 2, y: 0.2 },
      ],
    },
    { title: 'empty', points: [] },
  ]
  const svg = linePlot({ title: 'Plot', across: 'epochs', left: 'score', lines })
  expect(svg).toContain('a &lt; b')
  expect(svg.match(/<polyline/g)).toHaveLength(1)
})

test('an interval plot has a row for each value', () => {
  const rows = [
    { label: 'one', group: 'x', value: 0.2, low: 0.1, high: 0.3 },
    { label: 'two', group: 'y', value: -0.1, low: -0.2, high: 0 },
  ]
  const svg = intervalPlot({ title: 'Scores', across: 'difference', rows, zero: true })
  expect(svg.match(/<circle/g)).toHaveLength(2)
  expect(svg).toContain('+0.200')
  expect(svg).toContain('−0.100')
  expect(svg).not.toContain('NaN')
})

test('a bar plot draws what is known, before the whole that it is a part of, and says its size', () => {
  const bars = [
    { label: '<1', value: 2, of: 5 },
    { label: '1–2', value: null },
  ]
  const svg = barPlot({ title: 'Length & more', across: 'words', left: 'images', bars })
  expect(svg.match(/<rect /g)).toHaveLength(3) // the sheet, the whole and the part
  expect(svg).toContain('&lt;1')
  expect(svg).toContain('Length &amp; more')
  expect(plotSize(svg)).toEqual({ width: 720, height: 320 })
  expect(plotSize('<svg viewBox="0 0 1 1">')).toEqual({ width: 0, height: 0 })
})
