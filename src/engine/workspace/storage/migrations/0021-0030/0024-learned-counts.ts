import type { Migration } from '../../migration.ts'

/** What a snapshot would hold is counted whenever a workspace is opened: from an index, rather than from all rows of all images. */
export const learnedCounts: Migration = {
  version: 24,
  sql: `
CREATE INDEX image_by_split_and_references ON image (split, reference_count, id);
`,
}
