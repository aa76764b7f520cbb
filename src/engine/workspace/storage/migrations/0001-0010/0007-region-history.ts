import type { Migration } from '../../migration.ts'

/** Boxes are drawn, changed and deleted as steps that undo takes back, beside those of reviews. */
export const regionHistory: Migration = {
  version: 7,
  sql: `
-- A region (JSON) on either side of an action; NULL where it was not there.
CREATE TABLE action_region (
  action_id INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
  region_id INTEGER NOT NULL,
  image_id INTEGER NOT NULL REFERENCES image (id),
  before TEXT,
  after TEXT,
  PRIMARY KEY (action_id, region_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_region_by_image ON action_region (image_id);

-- What failed about one file.
CREATE INDEX job_failure_by_subject ON job_failure (subject);
`,
}
