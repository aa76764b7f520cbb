/** The figures of My work as CSV: a line each day, model and author. */
import type { Work, WorkGroup } from '#shared/annotation/work-figures.ts'
import { quotedCell, safeCell } from '#shared/tables/spreadsheet-cell.ts'

const columns: Record<string, (group: WorkGroup) => number | null> = {
  captions: ({ captions }) => captions,
  accepted: ({ accepted }) => accepted,
  corrected: ({ corrected }) => corrected,
  rejected: ({ rejected }) => rejected,
  skipped: ({ skipped }) => skipped,
  in_bulk: ({ inBulk }) => inBulk,
  captions_per_hour: ({ perHour }) => perHour,
  median_seconds: ({ medianSeconds }) => medianSeconds,
  accepted_share: ({ acceptedShare }) => acceptedShare,
  words_changed_per_correction: ({ editDistance }) => editDistance,
}

export function workTable(work: Work): string {
  const lines = (by: string, groups: readonly WorkGroup[]): string[] =>
    groups.map((group) => [by, quotedCell(safeCell(group.name)), ...Object.values(columns).map((value) => written(value(group)))].join(','))
  const head = ['by', 'name', ...Object.keys(columns)].join(',')
  return `${[head, ...lines('day', work.days), ...lines('model', work.models), ...lines('author', work.authors)].join('\n')}\n`
}

const written = (value: number | null): string => (value === null ? '' : String(Math.round(value * 1000) / 1000))
