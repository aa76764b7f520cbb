import type { Migration } from '../../migration.ts'

/** What every scored caption is measured by, beside its scores and gone with them; and slices, which are filters over these that people keep. */
export const slices: Migration = {
  version: 18,
  sql: `
CREATE TABLE caption_measure (
  model_number INTEGER NOT NULL REFERENCES model (number),
  reference_set TEXT NOT NULL CHECK (reference_set IN ('references', 'corrections')),
  image_id INTEGER NOT NULL REFERENCES image (id),
  caption_id INTEGER NOT NULL REFERENCES caption (id) ON DELETE CASCADE,
  words INTEGER NOT NULL,
  brevity REAL,
  rare_missed INTEGER,
  agreement REAL,
  -- words, parted by spaces: the caption's, those of most references that it lacks, and those of any reference
  said TEXT NOT NULL,
  missed TEXT NOT NULL,
  held TEXT NOT NULL,
  -- COCO classes that the caption names, parted by tabs: class:term, an invented one with ! before it
  objects TEXT NOT NULL,
  PRIMARY KEY (model_number, reference_set, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX caption_measure_by_caption ON caption_measure (caption_id, reference_set);
CREATE INDEX caption_measure_by_image ON caption_measure (image_id);
CREATE TRIGGER caption_measure_goes_with_score AFTER DELETE ON score BEGIN
  DELETE FROM caption_measure WHERE caption_id = OLD.caption_id AND reference_set = OLD.reference_set;
END;

-- Filters (JSON) under a name: the images that they leave of a model's set by a metric.
CREATE TABLE slice (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  filters TEXT NOT NULL,
  model_number INTEGER NOT NULL REFERENCES model (number),
  other_number INTEGER REFERENCES model (number),
  image_set TEXT NOT NULL,
  metric TEXT NOT NULL,
  author TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
`,
}
