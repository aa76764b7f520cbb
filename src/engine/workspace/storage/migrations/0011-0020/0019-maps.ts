import type { Migration } from '../../migration.ts'

/** Scored sets in two dimensions, as they were computed last, with what they were computed from. */
export const maps: Migration = {
  version: 19,
  sql: `
CREATE TABLE set_map (
  model_number INTEGER NOT NULL REFERENCES model (number),
  image_set TEXT NOT NULL,
  basis TEXT NOT NULL CHECK (basis IN ('photos', 'captions', 'differences')),
  -- '' where texts are seen by their words
  encoder_id TEXT NOT NULL,
  -- a digest of what it was computed from
  state TEXT NOT NULL,
  -- image ids (int32), x and y of each (float32), places of each one's neighbours (int32), little-endian
  images BLOB NOT NULL,
  points BLOB NOT NULL,
  neighbours BLOB NOT NULL,
  per_point INTEGER NOT NULL,
  made_at TEXT NOT NULL,
  PRIMARY KEY (model_number, image_set, basis, encoder_id)
) STRICT;
`,
}
