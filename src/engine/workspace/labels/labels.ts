/** Error types and tags of the workspace. What photos and corrections have stays readable: a label that something has is retired, never deleted. */
import type { Label, LabelEdit, LabelKind } from '#shared/annotation/labels.ts'
import { AppError } from '#shared/errors.ts'
import { prepared, type Database } from '../storage/database.ts'

type LabelRow = Omit<Label, 'retired'> & { retired: number }

/** In their order, retired ones last. */
export function listLabels(database: Database): Label[] {
  return prepared<[], LabelRow>(database, 'SELECT kind, id, title, meaning, colour, chord, retired FROM label ORDER BY kind, retired, position')
    .all()
    .map((row) => ({ ...row, retired: row.retired === 1 }))
}

/** Ids that came from elsewhere (an import) become labels by their own name. Called inside a transaction. */
export function knowLabels(database: Database, kind: LabelKind, ids: Iterable<string>): void {
  const insert = prepared<[LabelKind, string, string, LabelKind]>(
    database,
    `INSERT INTO label (kind, id, title, meaning, colour, position) VALUES (?, ?, ?, '', 'grey', (SELECT count(*) FROM label WHERE kind = ?))
     ON CONFLICT DO NOTHING`,
  )
  for (const id of new Set(ids)) insert.run(kind, id, id, kind)
}

/**
 * Puts a list in place of all labels of a kind.
 * @throws AppError `bad-input` where two have one title or one key, or an id is not there
 */
export function saveLabels(database: Database, kind: LabelKind, edits: readonly LabelEdit[]): Label[] {
  const work = database.transaction(() => {
    const before = listLabels(database).filter((label) => label.kind === kind)
    refuseDoubles(edits)
    const known = new Set(before.map(({ id }) => id))
    for (const { id } of edits)
      if (id !== null && !known.has(id))
        throw new AppError('not-found', `There is no label ${id} any more.`, { kept: 'Nothing was changed.', todo: 'Look at the list again.' })
    const kept = new Set(edits.flatMap(({ id }) => (id === null ? [] : [id])))
    for (const { id } of before) {
      if (kept.has(id)) continue
      if (isUsed(database, kind, id)) prepared(database, 'UPDATE label SET retired = 1, chord = NULL WHERE kind = ? AND id = ?').run(kind, id)
      else {
        prepared(database, 'DELETE FROM label WHERE kind = ? AND id = ?').run(kind, id)
        known.delete(id)
      }
    }
    edits.forEach(({ id, title, meaning, colour, chord }, position) => {
      // A title that was retired is that label again.
      const again = id ?? before.find((label) => label.retired && known.has(label.id) && fold(label.title) === fold(title))?.id ?? freeId(title, known)
      known.add(again)
      prepared(
        database,
        `INSERT INTO label (kind, id, title, meaning, colour, chord, position, retired) VALUES (?, ?, ?, ?, ?, ?, ?, 0)
         ON CONFLICT DO UPDATE SET title = excluded.title, meaning = excluded.meaning, colour = excluded.colour, chord = excluded.chord,
           position = excluded.position, retired = 0`,
      ).run(kind, again, title, meaning, colour, chord, position)
    })
    refuseSharedKeys(database)
    return listLabels(database)
  })
  return work.immediate()
}

const fold = (title: string): string => title.normalize('NFC').toLowerCase()

function freeId(title: string, taken: ReadonlySet<string>): string {
  const base =
    fold(title)
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-|-$/g, '') || 'label'
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`
    if (!taken.has(id)) return id
  }
}

function isUsed(database: Database, kind: LabelKind, id: string): boolean {
  if (kind === 'tag') return prepared(database, 'SELECT 1 FROM tag WHERE name = ? LIMIT 1').get(id) !== undefined
  const named = JSON.stringify(id)
  return ['review', 'correction'].some(
    (table) => prepared(database, `SELECT 1 FROM ${table} WHERE error_types <> '[]' AND instr(error_types, ?) LIMIT 1`).get(named) !== undefined,
  )
}

function refuseDoubles(edits: readonly LabelEdit[]): void {
  const titles = edits.map(({ title }) => fold(title))
  const double = edits.find(({ title }, index) => titles.indexOf(fold(title)) !== index)
  if (double !== undefined)
    throw new AppError('bad-input', `Two of them are called “${double.title}”.`, { kept: 'Nothing was changed.', todo: 'Give each a name of its own.' })
}

function refuseSharedKeys(database: Database): void {
  const shared = prepared<[], { chord: string; titles: string }>(
    database,
    `SELECT chord, group_concat(title, '” and “') AS titles FROM label WHERE chord IS NOT NULL AND retired = 0 GROUP BY chord HAVING count(*) > 1`,
  ).get()
  if (shared !== undefined)
    throw new AppError('bad-input', `“${shared.titles}” have the same key, ${shared.chord}.`, {
      kept: 'Nothing was changed.',
      todo: 'Give each a key of its own.',
    })
}
