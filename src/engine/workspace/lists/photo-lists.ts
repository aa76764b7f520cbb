/** Lists of photos in a person's own order. */
import type { VerbParsed } from '#shared/api.ts'
import type { PhotoList } from '#shared/domain.ts'
import { AppError } from '#shared/errors.ts'
import { prepared, type Database } from '../storage/database.ts'
import type { ReviewContext } from '../review/review-context.ts'

/** By name. */
export function photoLists(database: Database): PhotoList[] {
  return database
    .prepare<[], PhotoList>(
      `SELECT id, name, (SELECT count(*) FROM photo_list_item WHERE list_id = photo_list.id) AS images FROM photo_list ORDER BY name COLLATE NOCASE, id`,
    )
    .all()
}

/** Puts photos at the end of a list, or into a new one; those that are in it already keep their place. @throws AppError as requireList, `conflict` for a name that is taken */
export function addToList({ database, author, time }: ReviewContext, { list, imageIds }: VerbParsed<'lists.add'>): PhotoList {
  const work = database.transaction(() => {
    const listId = typeof list === 'number' ? requireList(database, list).id : createList(database, list.name, author, time)
    const insert = prepared<[{ listId: number; imageId: number }]>(
      database,
      `INSERT INTO photo_list_item (list_id, image_id, place)
       SELECT @listId, id, coalesce((SELECT max(place) FROM photo_list_item WHERE list_id = @listId), 0) + 1 FROM image WHERE id = @imageId
       ON CONFLICT DO NOTHING`,
    )
    for (const imageId of imageIds) insert.run({ listId, imageId })
    return requireList(database, listId)
  })
  return work.immediate()
}

/** @throws AppError as requireList */
export function takeFromList(database: Database, { listId, imageIds }: VerbParsed<'lists.takeOut'>): PhotoList {
  const work = database.transaction(() => {
    requireList(database, listId)
    const remove = prepared<[number, number]>(database, 'DELETE FROM photo_list_item WHERE list_id = ? AND image_id = ?')
    for (const imageId of imageIds) remove.run(listId, imageId)
    return requireList(database, listId)
  })
  return work.immediate()
}

/** Puts photos of a list, in the order they have in it, before another one of it, or at its end. @throws AppError as requireList */
export function moveInList(database: Database, { listId, imageIds, before }: VerbParsed<'lists.move'>): PhotoList {
  const work = database.transaction(() => {
    requireList(database, listId)
    const order = prepared<[number], number>(database, 'SELECT image_id FROM photo_list_item WHERE list_id = ? ORDER BY place').pluck().all(listId)
    const moving = new Set(imageIds)
    // Before one of those that move: before the next that stays.
    const anchor = before === null ? undefined : order.slice(order.indexOf(before)).find((imageId) => !moving.has(imageId))
    const staying = order.filter((imageId) => !moving.has(imageId))
    const at = before === null || anchor === undefined ? staying.length : staying.indexOf(anchor)
    const next = [...staying.slice(0, at), ...order.filter((imageId) => moving.has(imageId)), ...staying.slice(at)]
    const place = prepared<[number, number, number]>(database, 'UPDATE photo_list_item SET place = ? WHERE list_id = ? AND image_id = ?')
    next.forEach((imageId, index) => place.run(index + 1, listId, imageId))
    return requireList(database, listId)
  })
  return work.immediate()
}

/** @throws AppError as requireList, `conflict` for a name that is taken */
export function renameList(database: Database, { listId, name }: VerbParsed<'lists.rename'>): PhotoList {
  const work = database.transaction(() => {
    requireList(database, listId)
    requireFreeName(database, name, listId)
    database.prepare('UPDATE photo_list SET name = ? WHERE id = ?').run(name, listId)
    return requireList(database, listId)
  })
  return work.immediate()
}

/** Its photos stay in the workspace. */
export function removeList(database: Database, listId: number): void {
  database.prepare('DELETE FROM photo_list WHERE id = ?').run(listId)
}

function createList(database: Database, name: string, author: string, time: string): number {
  requireFreeName(database, name, null)
  return Number(database.prepare('INSERT INTO photo_list (name, author, created_at) VALUES (?, ?, ?)').run(name, author, time).lastInsertRowid)
}

/** @throws AppError `not-found` */
function requireList(database: Database, listId: number): PhotoList {
  const list = photoLists(database).find(({ id }) => id === listId)
  if (list === undefined) throw new AppError('not-found', 'That list is no longer there.', { kept: 'Its photos are.', todo: 'Choose another list.' })
  return list
}

function requireFreeName(database: Database, name: string, but: number | null): void {
  if (!photoLists(database).some((list) => list.id !== but && list.name.toLowerCase() === name.toLowerCase())) return
  throw new AppError('conflict', `There is a list “${name}” already.`, { kept: 'It was not changed.', todo: 'Choose another name.' })
}
