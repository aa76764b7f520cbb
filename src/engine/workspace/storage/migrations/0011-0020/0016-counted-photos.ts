import type { Migration } from '../../migration.ts'

/** What counts and filters of photos read where each has several captions: photos that are begun, those with references, and each author's photos once. */
export const countedPhotos: Migration = {
  version: 16,
  sql: `
-- some captions are decided, others wait. An index covers a query whose conditions' columns it has, its own conditions included.
CREATE INDEX image_begun ON image (review_state, decided, id) WHERE decided > 0 AND review_state IN ('pending', 'draft');
DROP INDEX image_with_references;
CREATE INDEX image_with_references ON image (reference_count, id) WHERE reference_count > 0;
-- accepted captions are spelled as well
DROP INDEX review_not_spelled;
CREATE INDEX review_not_spelled ON review (image_id) WHERE unknown_words IS NULL AND state IN ('draft', 'accepted', 'corrected');

-- Who wrote or decided any of a photo's captions; follows review.
CREATE TABLE photo_author (
  author TEXT NOT NULL,
  image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
  PRIMARY KEY (author, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_author_by_image ON photo_author (image_id);
INSERT INTO photo_author SELECT DISTINCT author, image_id FROM review WHERE author IS NOT NULL;
DROP INDEX review_by_author;

CREATE TRIGGER review_has_author AFTER INSERT ON review WHEN NEW.author IS NOT NULL BEGIN
  INSERT INTO photo_author SELECT NEW.author, NEW.image_id WHERE (NEW.author, NEW.image_id) NOT IN photo_author;
END;
CREATE TRIGGER review_changes_author AFTER UPDATE OF author ON review WHEN OLD.author IS NOT NEW.author BEGIN
  DELETE FROM photo_author WHERE author = OLD.author AND image_id = OLD.image_id
    AND NOT EXISTS (SELECT 1 FROM review WHERE image_id = OLD.image_id AND author = OLD.author);
  INSERT INTO photo_author SELECT NEW.author, NEW.image_id WHERE NEW.author IS NOT NULL AND (NEW.author, NEW.image_id) NOT IN photo_author;
END;
CREATE TRIGGER review_loses_author AFTER DELETE ON review WHEN OLD.author IS NOT NULL BEGIN
  DELETE FROM photo_author WHERE author = OLD.author AND image_id = OLD.image_id
    AND NOT EXISTS (SELECT 1 FROM review WHERE image_id = OLD.image_id AND author = OLD.author);
END;
`,
}
