import type { Migration } from '../../migration.ts'

/** The guidelines that a team writes for its annotators: every saved version is kept. */
export const guidelines: Migration = {
  version: 4,
  sql: `
CREATE TABLE guidelines (
  version INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Markdown
  text TEXT NOT NULL,
  author TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE TRIGGER guidelines_stay BEFORE DELETE ON guidelines BEGIN SELECT RAISE (ABORT, 'guidelines are append-only'); END;
CREATE TRIGGER guidelines_are_fixed BEFORE UPDATE ON guidelines BEGIN SELECT RAISE (ABORT, 'guidelines are append-only'); END;
`,
}
