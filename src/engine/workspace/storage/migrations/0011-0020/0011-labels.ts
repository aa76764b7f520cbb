import { firstErrorTypes } from '#shared/annotation/labels.ts'
import type { Migration } from '../../migration.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
const rows = firstErrorTypes.map(
  ({ id, title, meaning, colour, chord }, position) => `('error', ${[id, title, meaning, colour, chord ?? ''].map(quoted).join(', ')}, ${position})`,
)

/** A workspace's own error types and tags, steps that change splits and tags, and the indices that filters by rating, tag and author read. */
export const labels: Migration = {
  version: 11,
  sql: `
-- Error types are named by review.error_types and correction.error_types, tags by tag.name.
CREATE TABLE label (
  kind TEXT NOT NULL CHECK (kind IN ('error', 'tag')),
  id TEXT NOT NULL,
  title TEXT NOT NULL,
  meaning TEXT NOT NULL,
  colour TEXT NOT NULL,
  chord TEXT,
  position INTEGER NOT NULL,
  -- offered no more, and kept for what has it
  retired INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
INSERT INTO label (kind, id, title, meaning, colour, chord, position) VALUES ${rows.join(', ')};
INSERT INTO label (kind, id, title, meaning, colour, position)
  SELECT 'tag', name, name, '', 'grey', row_number() OVER (ORDER BY name) - 1 FROM (SELECT DISTINCT name FROM tag);

-- Split and tags (JSON) of an image on either side of an action.
CREATE TABLE action_image (
  action_id INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
  image_id INTEGER NOT NULL REFERENCES image (id),
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  PRIMARY KEY (action_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_image_by_image ON action_image (image_id);

CREATE INDEX review_by_rating ON review (rating, image_id) WHERE rating IS NOT NULL;
CREATE INDEX tag_by_name ON tag (name, image_id);
CREATE INDEX correction_by_author ON correction (author, image_id);
CREATE INDEX action_by_author ON action (author, undone, id);
`,
}
