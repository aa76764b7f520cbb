import type { Migration } from '../../migration.ts'

/** Lists of photos that people save, each in an order of its own. */
export const photoLists: Migration = {
  version: 12,
  sql: `
CREATE TABLE photo_list (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  author TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE photo_list_item (
  list_id INTEGER NOT NULL REFERENCES photo_list (id) ON DELETE CASCADE,
  image_id INTEGER NOT NULL REFERENCES image (id),
  place INTEGER NOT NULL,
  PRIMARY KEY (list_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_list_by_place ON photo_list_item (list_id, place, image_id);
CREATE INDEX photo_list_by_image ON photo_list_item (image_id);
`,
}
