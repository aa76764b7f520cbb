import type { Migration } from '../../migration.ts'

/**
 * Snapshots freeze what a correction replaces, how the candidate was rated and which candidates were rejected: corrections teach by what they correct.
 * What earlier snapshots' corrections replace is in the history of corrections.
 */
export const lineage: Migration = {
  version: 10,
  sql: `
CREATE TABLE snapshot_text (
  id INTEGER PRIMARY KEY,
  snapshot_id INTEGER NOT NULL REFERENCES snapshot (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  kind TEXT NOT NULL CHECK (kind IN ('correction', 'accepted', 'reference', 'rejected')),
  text TEXT NOT NULL,
  weight REAL NOT NULL,
  held_out INTEGER NOT NULL,
  -- the candidate that a correction replaces, where one is known
  replaces TEXT,
  rating INTEGER CHECK (rating BETWEEN 1 AND 5)
) STRICT;
INSERT INTO snapshot_text (id, snapshot_id, image_id, kind, text, weight, held_out, replaces)
  SELECT id, snapshot_id, image_id, kind, text, weight, held_out,
    CASE kind WHEN 'correction' THEN (
      SELECT nullif(correction.replaces, '') FROM correction
      WHERE correction.image_id = snapshot_item.image_id AND correction.text = snapshot_item.text ORDER BY correction.id DESC LIMIT 1
    ) END
  FROM snapshot_item;
DROP TABLE snapshot_item;
ALTER TABLE snapshot_text RENAME TO snapshot_item;
CREATE INDEX snapshot_item_by_kind ON snapshot_item (snapshot_id, kind, held_out, image_id);
`,
}
