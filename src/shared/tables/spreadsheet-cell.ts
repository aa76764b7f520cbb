/**
 * Cells that a spreadsheet would run as formulas: they are written with an apostrophe before them, and read without it. A cell that begins with apostrophes
 * before such a sign gets one more, so that every text comes back as it was.
 */
const formula = /^'*[=+\-@\t\r\n＝＋－＠]/u

export function safeCell(text: string): string {
  return formula.test(text) ? `'${text}` : text
}

export function plainCell(cell: string): string {
  return cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell
}

/** A cell as CSV writes it. */
export function quotedCell(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
