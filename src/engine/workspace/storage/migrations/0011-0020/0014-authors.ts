import type { Migration } from '../../migration.ts'

/** Each caption names its author: the filter by author reads that, not the history. */
export const authors: Migration = {
  version: 14,
  sql: `
DROP INDEX correction_by_author;
DROP INDEX action_by_author;
CREATE INDEX review_by_author ON review (author, image_id) WHERE author IS NOT NULL;
`,
}
