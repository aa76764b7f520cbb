import type { Migration } from '../../migration.ts'

/** Blind votes between two texts of a photo. A ballot freezes its texts, and where each stands, when it is drawn. */
export const votes: Migration = {
  version: 20,
  sql: `
-- side_a and side_b: JSON, VoteSide
CREATE TABLE ballot (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  side_a TEXT NOT NULL,
  side_b TEXT NOT NULL,
  -- photos left out because their two texts are the same
  same INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  author TEXT NOT NULL,
  created_at TEXT NOT NULL,
  closed_by TEXT,
  closed_at TEXT
) STRICT;

CREATE TABLE ballot_pair (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  ballot_id INTEGER NOT NULL REFERENCES ballot (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  image_id INTEGER NOT NULL REFERENCES image (id),
  -- of the photo that the texts are about
  content_hash TEXT NOT NULL,
  text_a TEXT NOT NULL,
  text_b TEXT NOT NULL,
  left_side TEXT NOT NULL CHECK (left_side IN ('a', 'b')),
  -- the pair that comes again here, sides swapped
  repeats INTEGER REFERENCES ballot_pair (id),
  UNIQUE (ballot_id, place)
) STRICT;
CREATE INDEX ballot_pair_by_image ON ballot_pair (image_id);
CREATE INDEX ballot_pair_repeats ON ballot_pair (repeats) WHERE repeats IS NOT NULL;
CREATE TRIGGER ballot_pair_is_fixed BEFORE UPDATE ON ballot_pair BEGIN SELECT RAISE (ABORT, 'pairs of a ballot are frozen'); END;

-- Votes that stand by falling id are what undo takes back, undone ones by rising id what redo gives again.
CREATE TABLE vote (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pair_id INTEGER NOT NULL REFERENCES ballot_pair (id) ON DELETE CASCADE,
  voter TEXT NOT NULL,
  choice TEXT NOT NULL CHECK (choice IN ('left', 'right', 'tie', 'skip')),
  voted_at TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX vote_standing ON vote (pair_id, voter) WHERE undone = 0;
CREATE INDEX vote_by_pair ON vote (pair_id, voter, undone);

-- Who answered all and was told the results.
CREATE TABLE ballot_finish (
  ballot_id INTEGER NOT NULL REFERENCES ballot (id) ON DELETE CASCADE,
  voter TEXT NOT NULL,
  finished_at TEXT NOT NULL,
  PRIMARY KEY (ballot_id, voter)
) STRICT, WITHOUT ROWID;
`,
}
