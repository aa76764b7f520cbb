import type { Migration } from '../../migration.ts'

/**
 * Several captions by people a photo: each has its standing, its history and its undo entries under (photo, slot), and the photo one state over
 * all of them (see `photoStanding` in shared). What was the one caption is slot 0. References can be added, corrected and set aside by people.
 */
export const severalCaptions: Migration = {
  version: 13,
  sql: `
-- A row is there once something was done to the caption.
CREATE TABLE caption_review (
  image_id INTEGER NOT NULL REFERENCES image (id),
  -- the caption's place in the photo's list, from 0
  slot INTEGER NOT NULL CHECK (slot >= 0),
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'draft', 'accepted', 'corrected', 'rejected', 'skipped')),
  revision INTEGER NOT NULL DEFAULT 0,
  text TEXT,
  candidate_id INTEGER REFERENCES caption (id),
  error_types TEXT NOT NULL DEFAULT '[]',
  rating INTEGER CHECK (rating BETWEEN 1 AND 5),
  -- who wrote the text or made the decision that stands
  author TEXT,
  updated_at TEXT,
  unknown_words INTEGER,
  PRIMARY KEY (image_id, slot)
) STRICT, WITHOUT ROWID;

-- Who corrected is known from the correction, who decided otherwise from the step that undo would take back.
INSERT INTO caption_review (image_id, slot, state, revision, text, candidate_id, error_types, rating, author, updated_at, unknown_words)
  SELECT image_id, 0, state, revision, text, candidate_id, error_types, rating,
    CASE WHEN state = 'pending' THEN NULL ELSE coalesce(
      CASE state WHEN 'corrected' THEN (
        SELECT author FROM correction WHERE correction.image_id = review.image_id AND correction.text = review.text ORDER BY id DESC LIMIT 1) END,
      (SELECT action.author FROM action_change JOIN action ON action.id = action_id
       WHERE action_change.image_id = review.image_id AND undone = 0 AND after ->> 'state' = review.state ORDER BY action_id DESC LIMIT 1)
    ) END,
    updated_at, unknown_words
  FROM review WHERE revision > 0 OR state <> 'pending' OR updated_at IS NOT NULL;

ALTER TABLE image ADD COLUMN review_state TEXT NOT NULL DEFAULT 'pending'
  CHECK (review_state IN ('pending', 'draft', 'accepted', 'corrected', 'rejected', 'skipped'));
-- how many of its captions are decided
ALTER TABLE image ADD COLUMN decided INTEGER NOT NULL DEFAULT 0;
UPDATE image SET (review_state, decided) = (SELECT state, state NOT IN ('pending', 'draft') FROM review WHERE image_id = image.id)
  WHERE id IN (SELECT image_id FROM review WHERE state <> 'pending');
CREATE INDEX image_by_review_state ON image (review_state, id);

DROP TABLE review;
ALTER TABLE caption_review RENAME TO review;
CREATE INDEX review_by_state ON review (state, image_id);
CREATE INDEX review_by_time ON review (updated_at, image_id) WHERE updated_at IS NOT NULL;
CREATE INDEX review_by_error_types ON review (error_types, image_id) WHERE error_types <> '[]';
CREATE INDEX review_by_rating ON review (rating, image_id) WHERE rating IS NOT NULL;
CREATE INDEX review_by_candidate ON review (candidate_id) WHERE candidate_id IS NOT NULL;
CREATE INDEX review_with_unknown_words ON review (image_id) WHERE unknown_words = 1;
CREATE INDEX review_not_spelled ON review (image_id) WHERE unknown_words IS NULL AND state IN ('draft', 'corrected');

ALTER TABLE correction ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;

CREATE TABLE caption_change (
  action_id INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
  image_id INTEGER NOT NULL REFERENCES image (id),
  slot INTEGER NOT NULL,
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  PRIMARY KEY (action_id, image_id, slot)
) STRICT, WITHOUT ROWID;
-- Undoing gives back the author of what stood before.
INSERT INTO caption_change (action_id, image_id, slot, before, after)
  SELECT action_id, image_id, 0,
    json_set(before, '$.author', (
      SELECT action.author FROM action_change AS earlier JOIN action ON action.id = earlier.action_id
      WHERE earlier.image_id = action_change.image_id AND earlier.action_id < action_change.action_id AND action_change.before ->> 'state' <> 'pending'
      ORDER BY earlier.action_id DESC LIMIT 1)),
    json_set(after, '$.author', CASE WHEN after ->> 'state' <> 'pending' THEN (SELECT author FROM action WHERE id = action_id) END)
  FROM action_change;
DROP TABLE action_change;
ALTER TABLE caption_change RENAME TO action_change;
CREATE INDEX action_change_by_image ON action_change (image_id);

-- What was imported stays: a person's correction is a row of its own that names the one it stands in for, and what does not stand is kept.
ALTER TABLE reference ADD COLUMN standing INTEGER NOT NULL DEFAULT 1 CHECK (standing IN (0, 1));
ALTER TABLE reference ADD COLUMN corrects INTEGER REFERENCES reference (id);
-- NULL: imported, as its source has it
ALTER TABLE reference ADD COLUMN author TEXT;
ALTER TABLE reference ADD COLUMN written_at TEXT;
-- who set it aside (or corrected it) and when; NULL while it stands
ALTER TABLE reference ADD COLUMN aside_by TEXT;
ALTER TABLE reference ADD COLUMN aside_at TEXT;
CREATE INDEX reference_by_corrected ON reference (corrects) WHERE corrects IS NOT NULL;

-- A reference (JSON) on either side of an action; NULL where it was not there.
CREATE TABLE action_reference (
  action_id INTEGER NOT NULL REFERENCES action (id) ON DELETE CASCADE,
  reference_id INTEGER NOT NULL,
  image_id INTEGER NOT NULL REFERENCES image (id),
  before TEXT,
  after TEXT,
  PRIMARY KEY (action_id, reference_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX action_reference_by_image ON action_reference (image_id);
`,
}
