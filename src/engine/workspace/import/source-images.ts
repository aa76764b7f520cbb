/**
 * What a source says of its photos, in a temporary database on disk while an import reads and measures them: a million with their captions take no more
 * memory than a thousand. SQLite keeps it where the system has temporary files, without a name there: a killed process leaves nothing of it.
 */
import type { ImageId, Split } from '#shared/domain.ts'
import { connect, prepared, type Database } from '../storage/database.ts'
import type { SourceImages } from './source.ts'

/** A photo (`photo`, tied to its captions by `key`) is what the source lists, in the order of `number`; several may be one file (`image`). */
const schema = `
  PRAGMA cache_size = -16384; PRAGMA journal_mode = OFF; BEGIN;
  CREATE TABLE photo (id INTEGER PRIMARY KEY, key UNIQUE, fileName TEXT, sourceId, split TEXT, place TEXT NOT NULL, number INTEGER UNIQUE, image INTEGER);
  CREATE TABLE tag (id INTEGER PRIMARY KEY, photo INTEGER NOT NULL, name TEXT NOT NULL);
  CREATE TABLE caption (id INTEGER PRIMARY KEY, photo INTEGER NOT NULL, text TEXT NOT NULL);
  CREATE TABLE listed_split (fileName TEXT PRIMARY KEY, split TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE image (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, fileName TEXT NOT NULL, split TEXT NOT NULL, missing INTEGER NOT NULL, sortName TEXT NOT NULL);`

/** Once all of it is written: sorting takes less than keeping order. */
const indices = `
  CREATE INDEX photo_by_image ON photo (image, number); CREATE INDEX tag_by_photo ON tag (photo); CREATE INDEX caption_by_photo ON caption (photo);
  CREATE INDEX image_in_order ON image (missing, sortName, id);`

/** Rows held at a time. */
export const rowsHeld = 500

/** The database of a source, empty. */
export function openSource(): Database {
  const database = connect('', {})
  database.exec(schema)
  return database
}

/** Adds a file to a source and returns its number; one of the same path is the one that is there. Files of one `sortName` keep their order. */
export function addFile(source: Database, file: { path: string; fileName: string; split: Split; missing?: boolean; sortName?: string }): number {
  const { path, missing = false, sortName = '' } = file
  const known = prepared<[string], number>(source, 'SELECT id FROM image WHERE path = ?').pluck().get(path)
  if (known !== undefined) return known
  const { lastInsertRowid } = prepared<[object]>(
    source,
    'INSERT INTO image (path, fileName, split, missing, sortName) VALUES (@path, @fileName, @split, @missing, @sortName)',
  ).run({ ...file, missing: Number(missing), sortName })
  return Number(lastInsertRowid)
}

/** A source of which all is written. Its references are of the file `named`. */
export function readableSource(source: Database, named: string): SourceImages {
  source.exec(indices)
  const number = (sql: string, ...values: number[]): number =>
    prepared<number[], number>(source, sql)
      .pluck()
      .get(...values) ?? 0
  const ids = prepared<[number], ImageId>(source, 'SELECT sourceId FROM photo WHERE image = ? AND sourceId IS NOT NULL ORDER BY number').pluck()
  const tags = prepared<[number], string>(
    source,
    'SELECT name FROM photo JOIN tag ON tag.photo = photo.id WHERE image = ? GROUP BY name ORDER BY min(number), min(tag.id)',
  ).pluck()
  const texts = prepared<[number], string>(
    source,
    "SELECT text FROM photo JOIN caption ON caption.photo = photo.id WHERE image = ? AND text <> '' ORDER BY number, caption.id",
  ).pluck()
  const page = prepared<[number, string, number, number], { id: number; path: string; fileName: string; split: Split; sortName: string }>(
    source,
    'SELECT id, path, fileName, split, sortName FROM image WHERE missing = ? AND (sortName, id) > (?, ?) ORDER BY sortName, id LIMIT ?',
  )
  return {
    count: (missing = false) => number('SELECT count(*) FROM image WHERE missing = ?', Number(missing)),
    withSeveralIds: () =>
      number('SELECT count(*) FROM (SELECT 1 FROM photo WHERE sourceId IS NOT NULL GROUP BY image HAVING image IS NOT NULL AND count(*) > 1)'),
    captions: () =>
      number("SELECT count(*) FROM image JOIN photo ON photo.image = image.id JOIN caption ON caption.photo = photo.id WHERE missing = 0 AND text <> ''"),
    *each(missing = false) {
      let after = { sortName: '', id: 0 }
      for (;;) {
        const rows = page.all(Number(missing), after.sortName, after.id, rowsHeld)
        for (const { id, path, fileName, split } of rows) {
          const [sourceId = null, ...furtherIds] = ids.all(id)
          const references = texts.all(id).map((text) => ({ text, source: named }))
          yield { path, fileName, sourceId, split, tags: tags.all(id), references, ...(furtherIds.length > 0 && { furtherIds }) }
        }
        if (rows.length < rowsHeld) return
        after = rows[rows.length - 1]
      }
    },
    drop: (path) => void prepared<[string]>(source, 'DELETE FROM image WHERE path = ?').run(path),
    close: () => void source.close(),
  }
}
