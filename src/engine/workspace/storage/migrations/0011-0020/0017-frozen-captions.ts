import type { Migration } from '../../migration.ts'

/** A snapshot freezes of each text also which of the photo's captions it was, who wrote it and what was marked on it. Of earlier snapshots it is not known. */
export const frozenCaptions: Migration = {
  version: 17,
  sql: `
ALTER TABLE snapshot_item ADD COLUMN slot INTEGER;
ALTER TABLE snapshot_item ADD COLUMN author TEXT;
-- when a candidate was accepted; a correction's time is its own
ALTER TABLE snapshot_item ADD COLUMN accepted_at TEXT;
ALTER TABLE snapshot_item ADD COLUMN error_types TEXT;
`,
}
