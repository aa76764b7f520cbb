/** A table of figures as HTML, with the digits that it is copied with. */
import { toldRows, type FigureTable } from '#shared/tables/written-table.ts'
import { foreign, html, type Markup } from './markup.ts'

export function figureTable(table: FigureTable): Markup {
  const { columns, note } = table
  const kind = (index: number): string => (columns[index].kind === 'number' ? 'number' : 'words')
  return html`<div class="scroll">
      <table class="wide">
        <thead>
          <tr>
            ${columns.map(({ title }, index) => html`<th scope="col" class="${kind(index)}">${foreign(title)}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${toldRows(table).map(
            (row) =>
              html`<tr>
                ${row.map((cell, index) => html`<td class="${kind(index)}">${foreign(cell)}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${note === undefined ? null : html`<p class="small muted">${note}</p>`}`
}
