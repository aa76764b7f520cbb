import type { Migration } from '../../migration.ts'

/** Words that the project knows beside its dictionary, and which texts of people have a word that nobody knows. */
export const writing: Migration = {
  version: 5,
  sql: `
CREATE TABLE project_word (
  -- as words are compared: lower case, NFC (engine/writing/words.ts)
  word TEXT PRIMARY KEY,
  author TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- NULL: not looked at since the text, the dictionary or the known words changed
ALTER TABLE review ADD COLUMN unknown_words INTEGER;
CREATE INDEX review_with_unknown_words ON review (image_id) WHERE unknown_words = 1;
CREATE INDEX review_not_spelled ON review (image_id) WHERE unknown_words IS NULL AND state IN ('draft', 'corrected');
`,
}
