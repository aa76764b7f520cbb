import type { Migration } from '../../migration.ts'

/** Exports are recorded, and which images a data set annotated with all their objects. Imports of captions are of one kind, whatever their format: jobs that wait or may be tried again are told so. */
export const exchange: Migration = {
  version: 9,
  sql: `
-- What was written, where to and when. Settings of the export are JSON.
CREATE TABLE export (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  settings TEXT NOT NULL,
  -- whose texts were taken; NULL: as they stood at that time
  snapshot_id INTEGER REFERENCES snapshot (id),
  photos INTEGER NOT NULL,
  captions INTEGER NOT NULL,
  path TEXT NOT NULL,
  -- SHA-256 of the file, or of a folder's list of captions
  content_hash TEXT NOT NULL,
  author TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

-- Images whose objects a data set lists, all of them, also those where it found none; their boxes are regions of that source.
CREATE TABLE annotated_image (
  image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  PRIMARY KEY (image_id, source)
) STRICT, WITHOUT ROWID;

UPDATE job SET input = json_set(input, '$.source.kind', 'captions') WHERE kind = 'import' AND input ->> '$.source.kind' = 'coco';
UPDATE job SET input = json_set(json_remove(input, '$.source.captions'), '$.source.kind', 'captions', '$.source.file', input ->> '$.source.captions')
  WHERE kind = 'import' AND input ->> '$.source.kind' = 'flickr8k';
`,
}
