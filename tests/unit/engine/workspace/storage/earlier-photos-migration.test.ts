import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { earlierPhotos } from '#engine/workspace/storage/migrations/0011-0020/0015-earlier-photos.ts'
import { firstSchema } from '#engine/workspace/storage/migrations/0001-0010/0001-first-schema.ts'

test('corrections and frozen texts are of the photos that their images have, and corrections stay append-only', () => {
  const database = new Database(':memory:')
  database.exec(firstSchema.sql)
  database.exec(`
INSERT INTO image_root VALUES ('/a');
INSERT INTO image (id, path, root, file_name, sort_name, content_hash, width, height, split, added_at) VALUES (4, '/a/4.jpg', '/a', '4.jpg', '4', 'hash-4', 1, 1, 'none', '');
INSERT INTO correction (image_id, text, replaces, difference, error_types, author, created_at) VALUES (4, 'a dog', '', '[]', '[]', '', '');
INSERT INTO snapshot (id, name, images, texts, corrections, held_out, created_at) VALUES (1, 's', 1, 1, 1, 0, '');
INSERT INTO snapshot_item (snapshot_id, image_id, kind, text, weight, held_out) VALUES (1, 4, 'correction', 'a dog', 1, 0);`)
  database.exec(earlierPhotos.sql)
  for (const table of ['correction', 'snapshot_item']) expect(database.prepare(`SELECT content_hash FROM ${table}`).pluck().all()).toEqual(['hash-4'])
  expect(() => database.exec("UPDATE correction SET content_hash = 'other'")).toThrow('append-only')
  database.close()
})
