/** Rows of texts and numbers as Markdown and as CSV: what every table that is written goes through. */
import { safeCell } from './spreadsheet-cell.ts'

/** A Markdown table, its head first. */
export function markdownRows([head, ...rows]: readonly (readonly string[])[], aligned: readonly string[] = head.map(() => '---')): string {
  const line = (row: readonly string[]): string => `| ${row.map((text) => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')).join(' | ')} |`
  return [line(head), line(aligned), ...rows.map(line)].join('\n')
}

/** RFC 4180. */
function csvField(value: string | number | null | undefined): string {
  const text = typeof value === 'string' ? safeCell(value) : String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** CSV with its line ends, numbers in full precision; a text that a spreadsheet would run as a formula is written so that it does not. */
export function csvRows(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  return rows.map((row) => `${row.map(csvField).join(',')}\r\n`).join('')
}
