import type { Migration } from '../../migration.ts'

/** Ids of data sets may be words (ANY keeps a number a number), and a photo may be known by several. */
export const sourceIds: Migration = {
  version: 6,
  sql: `
ALTER TABLE image RENAME COLUMN source_id TO whole_source_id;
ALTER TABLE image ADD COLUMN source_id ANY;
UPDATE image SET source_id = whole_source_id WHERE whole_source_id IS NOT NULL;
ALTER TABLE image DROP COLUMN whole_source_id;
CREATE INDEX image_by_source_id ON image (source_id) WHERE source_id IS NOT NULL;

-- Further ids of an image: a data set that lists a file twice, or several data sets.
CREATE TABLE further_id (
  image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
  id ANY NOT NULL,
  PRIMARY KEY (image_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX further_id_by_id ON further_id (id);
`,
}
