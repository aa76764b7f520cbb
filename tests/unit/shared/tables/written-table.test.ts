import { describe, expect, test } from 'vitest'
import { tableFormatOf, writeTable, type FigureTable } from '#shared/tables/written-table.ts'

const table: FigureTable = {
  columns: [
    { title: 'Model', kind: 'text' },
    { title: 'CIDEr', kind: 'number' },
    { title: 'Difference', kind: 'number', signed: true },
    { title: 'Images', kind: 'number', digits: 0 },
  ],
  rows: [
    ['base_1 & 50 %', { value: 0.51234, interval: { low: 0.49, high: 0.53 } }, null, 1000],
    ['=tuned|2', 0.6, { value: -0.0121, interval: { low: -0.02, high: 0.00001 } }, 1000],
  ],
  note: 'Over 1000 photos.',
}

describe('a table of figures', () => {
  test('as Markdown has its numbers to the right, intervals in brackets and its note below', () => {
    expect(writeTable(table, 'markdown')).toBe(
      [
        '| Model | CIDEr | Difference | Images |',
        '| --- | ---: | ---: | ---: |',
        '| base_1 & 50 % | 0.512 [0.490, 0.530] | – | 1000 |',
        '| =tuned\\|2 | 0.600 | −0.012 [−0.020, 0.000] | 1000 |',
        '',
        'Over 1000 photos.',
        '',
      ].join('\n'),
    )
  })

  test('as CSV has every digit, a column for each end of an interval, and no text that a spreadsheet computes', () => {
    expect(writeTable(table, 'csv')).toBe(
      [
        'Model,CIDEr,CIDEr low,CIDEr high,Difference,Difference low,Difference high,Images',
        'base_1 & 50 %,0.51234,0.49,0.53,,,,1000',
        "'=tuned|2,0.6,,,-0.0121,-0.02,0.00001,1000",
        '',
      ].join('\r\n'),
    )
  })

  test('as LaTeX stands between the rules of booktabs, and none of its signs is a command', () => {
    expect(writeTable(table, 'latex')).toBe(
      [
        '% Over 1000 photos.',
        '\\begin{tabular}{lrrr}',
        '\\toprule',
        'Model & CIDEr & Difference & Images \\\\',
        '\\midrule',
        'base\\_1 \\& 50 \\% & 0.512 [0.490, 0.530] & -- & 1000 \\\\',
        '=tuned|2 & 0.600 & $-$0.012 [$-$0.020, 0.000] & 1000 \\\\',
        '\\bottomrule',
        '\\end{tabular}',
        '',
      ].join('\n'),
    )
    const text = (name: string): string => writeTable({ columns: [{ title: 'a', kind: 'text' }], rows: [[name]] }, 'latex').split('\n')[4]
    expect(text('\\input{x}~^$#')).toBe('\\textbackslash{}input\\{x\\}\\textasciitilde{}\\textasciicircum{}\\$\\# \\\\')
    expect(text('[b] τ')).toBe('{[}b] $\\tau$ \\\\')
  })

  test('a file’s name says its format', () => {
    expect(['a.md', 'a.CSV', 'a.tex', 'a.txt'].map(tableFormatOf)).toEqual(['markdown', 'csv', 'latex', null])
  })
})
