/** Columns that tables of figures are made of. */
import type { TableColumn } from './written-table.ts'

export const text = (title: string): TableColumn => ({ title, kind: 'text' })
export const whole = (title: string): TableColumn => ({ title, kind: 'number', digits: 0 })
export const figure = (title: string): TableColumn => ({ title, kind: 'number' })

/** A score, and where there is one its difference. */
export function withDifference(title: string, compared: boolean): TableColumn[] {
  return compared ? [figure(title), { title: `${title}, difference`, kind: 'number', signed: true }] : [figure(title)]
}
