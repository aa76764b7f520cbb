/** A workspace's tables filled with generated rows, many at a time: for query plans and for measuring by hand. */
import type { Database } from '#engine/workspace/storage/database.ts'

/** `images` images with five references and five candidates each (three of one model, two of another), scores of the first, and some reviews. */
export function generateLibrary(database: Database, images: number): void {
  const words = "CASE n % 7 WHEN 0 THEN 'a dog runs on the beach' WHEN 1 THEN 'two cats sit' WHEN 2 THEN 'a man rides a red bike' ELSE 'people in a street' END"
  const numbers = (sql: string): string => `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${images}) ${sql}`
  const random = '((n * 2654435761) % 1000003) / 1000003.0'
  database.exec(`
    BEGIN;
    INSERT INTO image_root VALUES ('/photos');
    INSERT INTO document_frequency (id, images, content, created_at) VALUES ('t', 1, x'', '');
    INSERT OR IGNORE INTO model (id, name, architecture, parameters, encoder_id, origin, folder, created_at)
      VALUES ('m1', 'One', 'transformer', 1, 'e', 'shipped', '/m1', ''), ('m2', 'Two', 'transformer', 1, 'e', 'shipped', '/m2', '');
    INSERT INTO promotion (model_number, author, created_at) SELECT number, '', '' FROM model WHERE id = 'm1';
    ${numbers(`INSERT INTO image (path, root, file_name, sort_name, content_hash, width, height, split, reference_count, added_at)
      SELECT '/photos/' || n, '/photos', 'photo' || n || '.jpg', printf('photo%012d.jpg', (n * 7919) % 1000003), 'h' || n, 640, 480,
        CASE n % 10 WHEN 0 THEN 'dev' WHEN 1 THEN 'test' ELSE 'train' END, 5, '' FROM number`)};
    ${numbers(`INSERT INTO review (image_id, slot, state, revision, text, error_types, updated_at)
      SELECT n, 0, CASE n % 6 WHEN 0 THEN 'accepted' WHEN 1 THEN 'corrected' WHEN 2 THEN 'rejected' ELSE 'pending' END, 1, ${words},
        CASE n % 6 WHEN 1 THEN '["object","count"]' ELSE '[]' END, CASE WHEN n % 6 < 3 THEN printf('2024-%09d', (n * 31) % 1000003) END FROM number`)};
    UPDATE image SET (review_state, decided) = (SELECT state, state <> 'pending' FROM review WHERE image_id = image.id);
    ${numbers(`INSERT INTO reference (image_id, text, source) SELECT n, ${words} || ' ' || column1, 's' FROM number CROSS JOIN (VALUES (1), (2), (3), (4), (5))`)};
    ${numbers(`INSERT INTO caption (image_id, model_number, rank, beam, text, log_probability, created_at)
      SELECT n, model.number, column1, 3, ${words} || ' ' || column1, -${random} * 20 - column1, ''
      FROM number CROSS JOIN model CROSS JOIN (VALUES (0), (1), (2)) WHERE model.id = 'm1' OR model.id = 'm2' AND column1 < 2`)};
    INSERT INTO score (model_number, reference_set, metric, image_id, value, caption_id, document_frequency_number)
      SELECT model_number, 'references', column1, image_id, ((image_id * 40503) % 100003) / 50000.0, id, 1
      FROM caption, (VALUES ('Bleu_1'), ('Bleu_2'), ('Bleu_3'), ('Bleu_4'), ('ROUGE_L'), ('CIDEr'))
      WHERE rank = 0 AND model_number = (SELECT number FROM model WHERE id = 'm1');
    INSERT INTO image_text (rowid, words)
      SELECT id, file_name || ' ' || (SELECT group_concat(text, ' ') FROM reference WHERE image_id = image.id)
        || ' ' || (SELECT group_concat(text, ' ') FROM caption WHERE image_id = image.id) FROM image;
    COMMIT;
  `)
  database.pragma('optimize=0x10002')
}

/** Scores of the second model as well, and what every scored caption of both is measured by: of a vocabulary of `vocabulary` words, said and missed by rank. */
export function generateMeasures(database: Database, vocabulary = 4000): void {
  const random = (salt: string): string => `(((image_id * (40503 + ${salt} * 1299709) + model_number * 104729) % 100003) / 100003.0)`
  /** Words as they are said: few of them often, most of them hardly ever, none twice in a caption. */
  const word = (salt: string): string =>
    `'w' || (10 * CAST(${vocabulary / 10} * ${random(salt)} * ${random(`(${salt} + 50)`)} * ${random(`(${salt} + 90)`)} AS INTEGER) + ${salt} % 10)`
  const some = (from: number, count: number): string => Array.from({ length: count }, (_, index) => word(String(from + index))).join(" || ' ' || ")
  database.exec(`
    BEGIN;
    INSERT INTO score (model_number, reference_set, metric, image_id, value, caption_id, document_frequency_number)
      SELECT model_number, 'references', column1, image_id, ((image_id * 50021) % 100003) / 45000.0, id, 1 FROM caption, (VALUES ('CIDEr'), ('ROUGE_L'))
      WHERE rank = 0 AND model_number = (SELECT number FROM model WHERE id = 'm2');
    INSERT INTO caption_measure (model_number, reference_set, image_id, caption_id, words, brevity, rare_missed, agreement, said, missed, held, objects)
      SELECT model_number, 'references', image_id, id, 6 + CAST(8 * ${random('1')} AS INTEGER), 0.5 + ${random('2')}, CAST(3 * ${random('3')} AS INTEGER),
        2 * ${random('4')}, ${some(10, 8)}, ${some(20, 3)}, ${some(20, 6)},
        CASE WHEN ${random('5')} < 0.3 THEN '!dog:puppy' || char(9) || 'cat:cat' WHEN ${random('5')} < 0.6 THEN 'person:man' ELSE '' END
      FROM caption WHERE rank = 0 AND superseded = 0;
    INSERT INTO failure (model_number, reference_set, kind, image_id, caption_id)
      SELECT model_number, 'references', 'invented-object', image_id, caption_id FROM caption_measure WHERE objects LIKE '!%';
    INSERT INTO evaluation (model_number, image_set, images, scores, beam, document_frequency_number, created_at)
      SELECT number, 'all', 1, '{}', 3, 1, '' FROM model WHERE id IN ('m1', 'm2');
    COMMIT;
  `)
}
