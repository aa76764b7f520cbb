/** A table of figures written to a file, in the format that its name asks for. */
import { writeOutput, type OutputRules } from '#engine/files/output-place.ts'
import { AppError } from '#shared/errors.ts'
import { tableFormatOf, tableFormats, writeTable, type FigureTable, type TableFormat } from '#shared/tables/written-table.ts'

const endings = Object.values(tableFormats).map(({ extension, title }) => `${extension} (${title})`)

/** What `--table` says of itself. */
export const tableOption = `write the table; the name’s ending says how: ${endings.join(', ')}`

/** @throws AppError `bad-input` where the name says no format */
export function requireTableFormat(file: string | undefined): TableFormat | undefined {
  if (file === undefined) return undefined
  const format = tableFormatOf(file)
  if (format !== null) return format
  throw new AppError('bad-input', `It is not clear how to write ${file}.`, { kept: 'Nothing was written.', todo: `End its name in ${endings.join(', ')}.` })
}

export async function writeTableFile(file: string | undefined, table: FigureTable, rules: OutputRules): Promise<void> {
  const format = requireTableFormat(file)
  if (file !== undefined && format !== undefined) await writeOutput(file, writeTable(table, format), rules)
}
