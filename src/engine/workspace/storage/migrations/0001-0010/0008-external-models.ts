import type { Migration } from '../../migration.ts'

/** Models known by their captions alone. These have no log-probability: the column may be empty from now on. */
export const externalModels: Migration = {
  version: 8,
  sql: `
-- Beside its row in model, whose columns about weights are then empty. Each newer file of captions is a version: a model of its own, whose parent is the one before.
CREATE TABLE external_model (
  model_number INTEGER PRIMARY KEY REFERENCES model (number),
  -- the name without its version, as a person gave it
  family TEXT NOT NULL,
  version INTEGER NOT NULL,
  note TEXT NOT NULL,
  licence TEXT NOT NULL,
  -- name of the file that its captions came in, and its SHA-256
  file TEXT NOT NULL,
  content_hash TEXT NOT NULL,
  UNIQUE (family, version)
) STRICT;

DROP INDEX caption_by_log_probability;
ALTER TABLE caption RENAME COLUMN log_probability TO known_log_probability;
ALTER TABLE caption ADD COLUMN log_probability REAL;
UPDATE caption SET log_probability = known_log_probability;
ALTER TABLE caption DROP COLUMN known_log_probability;
CREATE INDEX caption_by_log_probability ON caption (model_number, log_probability, image_id) WHERE rank = 0 AND superseded = 0;
`,
}
