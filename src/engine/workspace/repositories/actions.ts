/** Undo and redo as rows: done actions by falling id are the undo stack, undone ones by rising id the redo stack. */
import type { Database } from '../storage/database.ts'
import { standingSchema, type Standing } from './reviews.ts'

export interface ActionChange {
  imageId: number
  before: Standing
  after: Standing
}

export interface StoredAction {
  id: number
  description: string
}

export type Side = 'undo' | 'redo'

/** Records a change and forgets what could have been redone. */
export function recordAction(database: Database, description: string, author: string, changes: readonly ActionChange[], time: string): void {
  database.prepare('DELETE FROM action WHERE undone = 1').run()
  const { lastInsertRowid } = database.prepare('INSERT INTO action (description, author, created_at) VALUES (?, ?, ?)').run(description, author, time)
  const insert = database.prepare('INSERT INTO action_change (action_id, image_id, before, after) VALUES (?, ?, ?, ?)')
  for (const { imageId, before, after } of changes) insert.run(lastInsertRowid, imageId, JSON.stringify(before), JSON.stringify(after))
}

/** The action that undo or redo would turn next. */
export function nextAction(database: Database, side: Side): StoredAction | undefined {
  const sql =
    side === 'undo'
      ? 'SELECT id, description FROM action WHERE undone = 0 ORDER BY id DESC LIMIT 1'
      : 'SELECT id, description FROM action WHERE undone = 1 ORDER BY id LIMIT 1'
  return database.prepare<[], StoredAction>(sql).get()
}

export function actionChanges(database: Database, actionId: number): ActionChange[] {
  return database
    .prepare<[number], { imageId: number; before: string; after: string }>(
      'SELECT image_id AS imageId, before, after FROM action_change WHERE action_id = ? ORDER BY image_id',
    )
    .all(actionId)
    .map(({ imageId, before, after }) => ({
      imageId,
      before: standingSchema.parse(JSON.parse(before)),
      after: standingSchema.parse(JSON.parse(after)),
    }))
}

/** Moves an action to the other stack, remembering the standing that was left (a draft may have been typed since). */
export function turnAction(database: Database, actionId: number, side: Side, left: readonly { imageId: number; standing: Standing }[]): void {
  database.prepare('UPDATE action SET undone = ? WHERE id = ?').run(side === 'undo' ? 1 : 0, actionId)
  const column = side === 'undo' ? 'after' : 'before'
  const update = database.prepare(`UPDATE action_change SET ${column} = ? WHERE action_id = ? AND image_id = ?`)
  for (const { imageId, standing } of left) update.run(JSON.stringify(standing), actionId, imageId)
}
