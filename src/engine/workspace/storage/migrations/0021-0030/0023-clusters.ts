import type { Migration } from '../../migration.ts'

/** Clusters of a scored set's photos, or of its errors: what slices are found among, beside words and tags. */
export const clusters: Migration = {
  version: 23,
  sql: `
CREATE TABLE set_clusters (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  model_number INTEGER NOT NULL REFERENCES model (number),
  image_set TEXT NOT NULL,
  basis TEXT NOT NULL CHECK (basis IN ('photos', 'differences')),
  -- '' where texts are seen by their words
  encoder_id TEXT NOT NULL,
  -- a digest of what they were computed from
  state TEXT NOT NULL,
  -- image ids (int32, little-endian), and a byte for each: its cluster, and 128 more where the clusters were fitted to it
  images BLOB NOT NULL,
  places BLOB NOT NULL,
  clusters INTEGER NOT NULL,
  made_at TEXT NOT NULL
) STRICT;
CREATE INDEX set_clusters_by_set ON set_clusters (model_number, image_set, basis, encoder_id);
`,
}
