import type { Migration } from '../../migration.ts'

/** Photos are known by their content: what was decided about a photo that was replaced under its name stays with the earlier content. */
export const earlierPhotos: Migration = {
  version: 15,
  sql: `
-- What an image was before its file was replaced, with what stood then (JSON, see photos/earlier-photos.ts).
CREATE TABLE earlier_photo (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
  content_hash TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  stood TEXT NOT NULL,
  noticed_at TEXT NOT NULL,
  -- when a person said that it is the same picture, and took over what stood
  settled_at TEXT
) STRICT;
CREATE INDEX earlier_photo_by_image ON earlier_photo (image_id, settled_at);

-- Replaced since it was imported, and nobody has decided about what is there now.
CREATE VIEW changed_photo AS
  SELECT DISTINCT image_id FROM earlier_photo CROSS JOIN image ON image.id = image_id
  WHERE settled_at IS NULL AND review_state IN ('pending', 'draft');

-- Which content was corrected, and which a snapshot froze.
DROP TRIGGER correction_is_fixed;
ALTER TABLE correction ADD COLUMN content_hash TEXT NOT NULL DEFAULT '';
UPDATE correction SET content_hash = (SELECT content_hash FROM image WHERE image.id = image_id);
CREATE TRIGGER correction_is_fixed BEFORE UPDATE ON correction BEGIN SELECT RAISE (ABORT, 'corrections are append-only'); END;
ALTER TABLE snapshot_item ADD COLUMN content_hash TEXT NOT NULL DEFAULT '';
UPDATE snapshot_item SET content_hash = (SELECT content_hash FROM image WHERE image.id = image_id);
`,
}
