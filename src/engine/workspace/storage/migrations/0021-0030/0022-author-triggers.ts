import type { Migration } from '../../migration.ts'

/**
 * The triggers that keep `photo_author` look a row up by its key. A pair that is `NOT IN` a table is compared with all of its rows (one of them might be
 * NULL), so that each caption with a new author went through all photos that had one: a million took hours. (`OR IGNORE` is no help: a statement with a
 * conflict clause of its own takes it back in the triggers that it fires.)
 */
export const authorTriggers: Migration = {
  version: 22,
  sql: `
DROP TRIGGER review_has_author;
DROP TRIGGER review_changes_author;
DROP TRIGGER review_loses_author;
CREATE TRIGGER review_has_author AFTER INSERT ON review
  WHEN NEW.author IS NOT NULL AND NOT EXISTS (SELECT 1 FROM photo_author WHERE author = NEW.author AND image_id = NEW.image_id) BEGIN
  INSERT INTO photo_author VALUES (NEW.author, NEW.image_id);
END;
CREATE TRIGGER review_gains_author AFTER UPDATE OF author ON review
  WHEN NEW.author IS NOT OLD.author AND NEW.author IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM photo_author WHERE author = NEW.author AND image_id = NEW.image_id) BEGIN
  INSERT INTO photo_author VALUES (NEW.author, NEW.image_id);
END;
CREATE TRIGGER review_changes_author AFTER UPDATE OF author ON review
  WHEN OLD.author IS NOT NULL AND OLD.author IS NOT NEW.author BEGIN
  DELETE FROM photo_author WHERE author = OLD.author AND image_id = OLD.image_id
    AND NOT EXISTS (SELECT 1 FROM review WHERE image_id = OLD.image_id AND author = OLD.author);
END;
CREATE TRIGGER review_loses_author AFTER DELETE ON review WHEN OLD.author IS NOT NULL BEGIN
  DELETE FROM photo_author WHERE author = OLD.author AND image_id = OLD.image_id
    AND NOT EXISTS (SELECT 1 FROM review WHERE image_id = OLD.image_id AND author = OLD.author);
END;
`,
}
