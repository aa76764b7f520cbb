/** The full-text index: one document for each image, rebuilt whenever one of its texts changes. */
import type { Database } from '../storage/database.ts'

/** Rebuilds the documents of some images. */
export function refreshImageText(database: Database, imageIds: Iterable<number>): void {
  const words = database
    .prepare<{ id: number }, string | null>(
      `SELECT (SELECT file_name FROM image WHERE id = @id)
         || ' ' || coalesce((SELECT group_concat(text, ' ') FROM caption WHERE image_id = @id AND superseded = 0), '')
         || ' ' || coalesce((SELECT group_concat(text, ' ') FROM reference WHERE image_id = @id), '')
         || ' ' || coalesce((SELECT text FROM review WHERE image_id = @id), '')`,
    )
    .pluck()
  const write = database.prepare('INSERT OR REPLACE INTO image_text (rowid, words) VALUES (?, ?)')
  for (const id of imageIds) write.run(id, words.get({ id }) ?? '')
}

/** A full-text query for what a person typed: every word must occur, each at least as the beginning of one. Null without any word. */
export function textQuery(typed: string): string | null {
  const words = typed.normalize('NFC').match(/[\p{L}\p{N}]+/gu)
  return words === null ? null : words.map((word) => `"${word}" *`).join(' AND ')
}
