/** A table of figures as Markdown for notes, as CSV for other programs, and as LaTeX (booktabs) for a paper. */
import { csvRows, markdownRows } from './rows.ts'

/** A number with its 95 % interval, where it has one. */
export interface Figure {
  value: number
  interval?: { low: number; high: number } | null | undefined
}

/** Null: there is no such figure. */
export type TableCell = string | number | Figure | null

export interface TableColumn {
  title: string
  kind: 'text' | 'number'
  /** Decimals of a number as people read it, 3 unless told; CSV has all of them. */
  digits?: number
  /** A difference: its sign is written either way. */
  signed?: boolean
}

export interface FigureTable {
  columns: readonly TableColumn[]
  rows: readonly (readonly TableCell[])[]
  /** What has to be said of the figures: below a Markdown table, a comment in LaTeX, not in CSV. */
  note?: string
}

export const tableFormats = {
  markdown: { title: 'Markdown', extension: '.md', write: asMarkdown },
  csv: { title: 'CSV', extension: '.csv', write: asCsv },
  latex: { title: 'LaTeX', extension: '.tex', write: asLatex },
} as const

export type TableFormat = keyof typeof tableFormats

/** The table as a whole text that ends with a line end. */
export function writeTable(table: FigureTable, format: TableFormat): string {
  return tableFormats[format].write(table)
}

/** The format that a file's name asks for; null where it names none. */
export function tableFormatOf(file: string): TableFormat | null {
  const formats = Object.keys(tableFormats) as TableFormat[]
  return formats.find((format) => file.toLowerCase().endsWith(tableFormats[format].extension)) ?? null
}

const parts = (cell: number | Figure): Figure => (typeof cell === 'number' ? { value: cell } : cell)

function decimals(value: number, { digits = 3, signed = false }: TableColumn): { sign: string; text: string } {
  const text = Math.abs(value).toFixed(digits)
  const nothing = Number(text) === 0
  return { sign: nothing ? '' : value < 0 ? '−' : signed ? '+' : '', text }
}

/** The cell as people read it; `number` writes one, `none` stands for what there is not. */
function told(cell: TableCell, number: (value: number) => string, none: string): string {
  if (cell === null) return none
  if (typeof cell === 'string') return cell
  const { value, interval } = parts(cell)
  return interval == null ? number(value) : `${number(value)} [${number(interval.low)}, ${number(interval.high)}]`
}

function asMarkdown(table: FigureTable): string {
  const { columns, note } = table
  const aligned = columns.map(({ kind }) => (kind === 'number' ? '---:' : '---'))
  return `${markdownRows([columns.map(({ title }) => title), ...toldRows(table)], aligned)}\n${note === undefined ? '' : `\n${note}\n`}`
}

/** The cells as people read them. */
export function toldRows({ columns, rows }: FigureTable): string[][] {
  return rows.map((row) =>
    row.map((cell, index) =>
      told(
        cell,
        (value) => {
          const { sign, text } = decimals(value, columns[index])
          return sign + text
        },
        '–',
      ),
    ),
  )
}

function asCsv({ columns, rows }: FigureTable): string {
  const ranged = columns.map((_, index) => rows.some((row) => isFigure(row[index]) && row[index].interval != null))
  const head = columns.flatMap(({ title }, index) => (ranged[index] ? [title, `${title} low`, `${title} high`] : [title]))
  const lines = rows.map((row) =>
    row.flatMap((cell, index): (string | number | null | undefined)[] => {
      if (cell === null || typeof cell === 'string') return ranged[index] ? [cell, null, null] : [cell]
      const { value, interval } = parts(cell)
      return ranged[index] ? [value, interval?.low, interval?.high] : [value]
    }),
  )
  return csvRows([head, ...lines])
}

const isFigure = (cell: TableCell | undefined): cell is Figure => typeof cell === 'object' && cell !== null

function asLatex({ columns, rows, note }: FigureTable): string {
  const number = (column: TableColumn) => (value: number) => {
    const { sign, text } = decimals(value, column)
    return sign === '' ? text : `$${sign === '−' ? '-' : sign}$${text}`
  }
  const cells = rows.map((row) => row.map((cell, index) => (typeof cell === 'string' ? escapeLatex(cell) : told(cell, number(columns[index]), '--'))))
  // After a line's end LaTeX takes a bracket or a star for an argument of that.
  const line = (row: readonly string[]): string => `${row.join(' & ').replace(/^[[*]/, '{$&}')} \\\\`
  return [
    ...(note === undefined ? [] : note.split(/\r?\n/).map((each) => `% ${each}`)),
    `\\begin{tabular}{${columns.map(({ kind }) => (kind === 'number' ? 'r' : 'l')).join('')}}`,
    '\\toprule',
    line(columns.map(({ title }) => escapeLatex(title))),
    '\\midrule',
    ...cells.map(line),
    '\\bottomrule',
    '\\end{tabular}',
    '',
  ].join('\n')
}

const latexSigns: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '−': '$-$',
  '±': '$\\pm$',
  '…': '\\ldots{}',
  '–': '--',
  '’': "'",
  τ: '$\\tau$',
  '“': '``',
  '”': "''",
}

/** Text as LaTeX sets it: none of its signs is taken for a command. */
function escapeLatex(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\~^−±…–’“”τ&%$#_{}]/g, (sign) => latexSigns[sign] ?? `\\${sign}`)
}
