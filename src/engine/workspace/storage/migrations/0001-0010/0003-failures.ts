import type { Migration } from '../../migration.ts'

/** What goes wrong in the best candidates, beside their scores: found by kind as fast as by score, and gone with the scores. */
export const failures: Migration = {
  version: 3,
  sql: `
CREATE TABLE failure (
  model_number INTEGER NOT NULL REFERENCES model (number),
  reference_set TEXT NOT NULL CHECK (reference_set IN ('references', 'corrections')),
  kind TEXT NOT NULL,
  image_id INTEGER NOT NULL REFERENCES image (id),
  caption_id INTEGER NOT NULL REFERENCES caption (id) ON DELETE CASCADE,
  PRIMARY KEY (model_number, reference_set, kind, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX failure_by_caption ON failure (caption_id, reference_set);
CREATE INDEX failure_by_image ON failure (image_id);
CREATE TRIGGER failure_goes_with_score AFTER DELETE ON score BEGIN
  DELETE FROM failure WHERE caption_id = OLD.caption_id AND reference_set = OLD.reference_set;
END;

-- The set's measures (JSON, FailureSummary), and the 95 % intervals of its scores (JSON, by metric).
ALTER TABLE evaluation ADD COLUMN failures TEXT;
ALTER TABLE evaluation ADD COLUMN intervals TEXT;
`,
}
