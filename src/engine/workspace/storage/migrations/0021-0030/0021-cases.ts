import type { Migration } from '../../migration.ts'

/** Weaknesses that people follow: photos that show one, the list of those to correct, and the verdict that closed it. */
export const cases: Migration = {
  version: 21,
  sql: `
CREATE TABLE followed_case (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  note TEXT NOT NULL,
  filters TEXT NOT NULL,
  model_number INTEGER NOT NULL REFERENCES model (number),
  image_set TEXT NOT NULL,
  metric TEXT NOT NULL,
  list_id INTEGER REFERENCES photo_list (id) ON DELETE SET NULL,
  author TEXT NOT NULL,
  created_at TEXT NOT NULL,
  -- JSON; null while the case is open
  verdict TEXT
) STRICT;
-- The photos that showed it when it was opened. Nothing learns from those that judge while the case is open.
CREATE TABLE case_photo (
  case_id INTEGER NOT NULL REFERENCES followed_case (id) ON DELETE CASCADE,
  image_id INTEGER NOT NULL REFERENCES image (id),
  judges INTEGER NOT NULL CHECK (judges IN (0, 1)),
  PRIMARY KEY (case_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_photo_by_image ON case_photo (image_id, judges, case_id);
`,
}
