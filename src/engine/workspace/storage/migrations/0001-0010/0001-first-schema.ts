import type { Migration } from '../../migration.ts'

/**
 * The first schema. Times are ISO 8601 in UTC. Models and document-frequency tables have a short number beside their id, because millions
 * of score rows name them. Every filter and every order of the Library reads one covering index (see repositories/library.ts).
 */
export const firstSchema: Migration = {
  version: 1,
  sql: `
CREATE TABLE property (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ---- images and references

-- The folders that images may be read from.
CREATE TABLE image_root (
  path TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: an id is never given to another image.
CREATE TABLE image (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  path TEXT NOT NULL UNIQUE,
  root TEXT NOT NULL REFERENCES image_root (path),
  file_name TEXT NOT NULL,
  -- the name as people sort it: lower case, numbers padded with zeros
  sort_name TEXT NOT NULL,
  source_id INTEGER,
  content_hash TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  split TEXT NOT NULL CHECK (split IN ('train', 'dev', 'test', 'none')),
  reference_count INTEGER NOT NULL DEFAULT 0,
  added_at TEXT NOT NULL
) STRICT;
CREATE INDEX image_by_content ON image (content_hash, root);
CREATE INDEX image_by_name ON image (sort_name, id);
CREATE INDEX image_by_split ON image (split, id);
CREATE INDEX image_with_references ON image (id) WHERE reference_count > 0;

CREATE TABLE reference (
  id INTEGER PRIMARY KEY,
  image_id INTEGER NOT NULL REFERENCES image (id),
  text TEXT NOT NULL,
  source TEXT NOT NULL
) STRICT;
CREATE INDEX reference_by_image ON reference (image_id);

CREATE TABLE tag (
  image_id INTEGER NOT NULL REFERENCES image (id),
  name TEXT NOT NULL,
  PRIMARY KEY (image_id, name)
) STRICT, WITHOUT ROWID;

-- Boxes in shares of the image's width and height.
CREATE TABLE region (
  id INTEGER PRIMARY KEY,
  image_id INTEGER NOT NULL REFERENCES image (id),
  left REAL NOT NULL,
  top REAL NOT NULL,
  width REAL NOT NULL,
  height REAL NOT NULL,
  label TEXT NOT NULL,
  score REAL,
  source TEXT NOT NULL
) STRICT;
CREATE INDEX region_by_image ON region (image_id);

-- One document for each image: file name, candidates, references, reviewed text. The rowid is the image's id.
CREATE VIRTUAL TABLE image_text USING fts5 (
  words, content = '', contentless_delete = 1, detail = none, prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
);

-- ---- models

CREATE TABLE document_frequency (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  images INTEGER NOT NULL,
  -- the table as JSON, gzip-compressed
  content BLOB NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE model (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  architecture TEXT NOT NULL,
  parameters INTEGER NOT NULL,
  encoder_id TEXT NOT NULL,
  parent_id TEXT,
  snapshot_id INTEGER REFERENCES snapshot (id),
  origin TEXT NOT NULL CHECK (origin IN ('shipped', 'trained', 'imported')),
  folder TEXT NOT NULL,
  document_frequency_number INTEGER REFERENCES document_frequency (number),
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE promotion (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_number INTEGER NOT NULL REFERENCES model (number),
  previous_number INTEGER REFERENCES model (number),
  author TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE evaluation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_number INTEGER NOT NULL REFERENCES model (number),
  image_set TEXT NOT NULL,
  images INTEGER NOT NULL,
  scores TEXT NOT NULL,
  beam INTEGER NOT NULL,
  document_frequency_number INTEGER NOT NULL REFERENCES document_frequency (number),
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX evaluation_by_model ON evaluation (model_number, image_set, id);

-- ---- captions and scores

-- A candidate that a review or a correction names stays when the model captions the image again; it is then superseded.
CREATE TABLE caption (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  image_id INTEGER NOT NULL REFERENCES image (id),
  model_number INTEGER NOT NULL REFERENCES model (number),
  rank INTEGER NOT NULL,
  beam INTEGER NOT NULL,
  text TEXT NOT NULL,
  log_probability REAL NOT NULL,
  token_log_probabilities TEXT,
  superseded INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX caption_by_image ON caption (image_id, model_number);
CREATE INDEX caption_best ON caption (model_number, image_id) WHERE rank = 0 AND superseded = 0;
CREATE INDEX caption_by_log_probability ON caption (model_number, log_probability, image_id) WHERE rank = 0 AND superseded = 0;

-- Scores of the best candidate, against the image's references or against its correction. They go when the candidate or the references change.
CREATE TABLE score (
  model_number INTEGER NOT NULL REFERENCES model (number),
  reference_set TEXT NOT NULL CHECK (reference_set IN ('references', 'corrections')),
  metric TEXT NOT NULL,
  image_id INTEGER NOT NULL REFERENCES image (id),
  value REAL NOT NULL,
  caption_id INTEGER NOT NULL REFERENCES caption (id) ON DELETE CASCADE,
  document_frequency_number INTEGER NOT NULL REFERENCES document_frequency (number),
  PRIMARY KEY (model_number, reference_set, metric, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX score_by_value ON score (model_number, reference_set, metric, value, image_id);
CREATE INDEX score_by_caption ON score (caption_id);
CREATE INDEX score_by_image ON score (image_id);

-- ---- review

CREATE TABLE review (
  image_id INTEGER PRIMARY KEY REFERENCES image (id),
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'draft', 'accepted', 'corrected', 'rejected', 'skipped')),
  revision INTEGER NOT NULL DEFAULT 0,
  text TEXT,
  candidate_id INTEGER REFERENCES caption (id),
  error_types TEXT NOT NULL DEFAULT '[]',
  rating INTEGER CHECK (rating BETWEEN 1 AND 5),
  updated_at TEXT
) STRICT;
CREATE INDEX review_by_state ON review (state, image_id);
CREATE INDEX review_by_time ON review (updated_at, image_id) WHERE updated_at IS NOT NULL;
CREATE INDEX review_by_error_types ON review (error_types, image_id) WHERE error_types <> '[]';
CREATE INDEX review_by_candidate ON review (candidate_id) WHERE candidate_id IS NOT NULL;

CREATE TABLE correction (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  image_id INTEGER NOT NULL REFERENCES image (id),
  candidate_id INTEGER REFERENCES caption (id),
  text TEXT NOT NULL,
  replaces TEXT NOT NULL,
  -- word-level difference from replaces to text, see tokenDiff in shared
  difference TEXT NOT NULL,
  error_types TEXT NOT NULL,
  rating INTEGER,
  author TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX correction_by_image ON correction (image_id);
CREATE INDEX correction_by_candidate ON correction (candidate_id) WHERE candidate_id IS NOT NULL;
CREATE TRIGGER correction_stays BEFORE DELETE ON correction BEGIN SELECT RAISE (ABORT, 'corrections are append-only'); END;
CREATE TRIGGER correction_is_fixed BEFORE UPDATE ON correction BEGIN SELECT RAISE (ABORT, 'corrections are append-only'); END;

-- Undo and redo: done actions by falling id are what undo takes back; undone ones by rising id are what redo does again.
CREATE TABLE action (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  description TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0,
  author TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX action_by_side ON action (undone, id);

-- A review's standing (JSON) on either side of an action.
CREATE TABLE action_change (
  action_id INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
  image_id INTEGER NOT NULL REFERENCES image (id),
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  PRIMARY KEY (action_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_change_by_image ON action_change (image_id);

-- ---- snapshots

CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  images INTEGER NOT NULL,
  texts INTEGER NOT NULL,
  corrections INTEGER NOT NULL,
  held_out INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;

CREATE TABLE snapshot_item (
  id INTEGER PRIMARY KEY,
  snapshot_id INTEGER NOT NULL REFERENCES snapshot (id),
  image_id INTEGER NOT NULL REFERENCES image (id),
  kind TEXT NOT NULL CHECK (kind IN ('correction', 'accepted', 'reference')),
  text TEXT NOT NULL,
  weight REAL NOT NULL,
  held_out INTEGER NOT NULL
) STRICT;
CREATE INDEX snapshot_item_by_kind ON snapshot_item (snapshot_id, kind, held_out, image_id);

-- ---- jobs

CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  state TEXT NOT NULL,
  input TEXT NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,
  unit TEXT NOT NULL DEFAULT '',
  message TEXT NOT NULL DEFAULT '',
  failures INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  result TEXT NOT NULL DEFAULT '{}',
  training_steps INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  started_at TEXT,
  ended_at TEXT
) STRICT;
CREATE INDEX job_by_state ON job (state, id);

CREATE TABLE job_failure (
  id INTEGER PRIMARY KEY,
  job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE INDEX job_failure_by_job ON job_failure (job_id);

CREATE TABLE training_point (
  job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  epoch REAL NOT NULL,
  loss REAL NOT NULL,
  learning_rate REAL NOT NULL,
  speed REAL NOT NULL,
  PRIMARY KEY (job_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE training_sample (
  job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  step INTEGER NOT NULL,
  epoch REAL NOT NULL,
  scores TEXT NOT NULL,
  captions TEXT NOT NULL,
  PRIMARY KEY (job_id, step)
) STRICT, WITHOUT ROWID;

-- Rows of an import that is not committed yet (JSON).
CREATE TABLE import_staging (
  id INTEGER PRIMARY KEY,
  job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  image TEXT NOT NULL
) STRICT;
CREATE INDEX import_staging_by_job ON import_staging (job_id);
`,
}
