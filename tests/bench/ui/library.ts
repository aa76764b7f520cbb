/**
 * A workspace of generated rows for measuring the window: COCO-like sentences, five references and three candidates for each image, scores, and
 * captions by people: where one is asked for, a quarter of the photos has it; where several are, all have all but the last. A few hundred drawn pictures stand behind all
 * rows (as hard links), so that whatever is in sight is real.
 */
import { link, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { composeScene } from '#engine/scenes/compose.ts'
import { describeScene } from '#engine/scenes/describe.ts'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { hashFile } from '#engine/files/content-hash.ts'
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { buildDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { closeDatabase, openDatabase } from '#engine/workspace/storage/database.ts'
import type { Database } from '#engine/workspace/storage/database.ts'
import { storeDocumentFrequency } from '#engine/workspace/repositories/document-frequencies.ts'
import { promotedModel } from '#engine/workspace/repositories/models.ts'
import { writeProperty } from '#engine/workspace/repositories/properties.ts'
import { scoringTokenizer, scoringTokens } from '#engine/workspace/scores/tokens.ts'
import { projectFolder } from '../../../scripts/paths.ts'

const pictures = 300
const sentences = 4000
const referencesEach = 5
const candidatesEach = 3
const now = '2026-01-01T00:00:00.000Z'
const metrics = ['Bleu_1', 'Bleu_2', 'Bleu_3', 'Bleu_4', 'ROUGE_L', 'CIDEr']

export interface GeneratedLibrary {
  folder: string
  images: number
  /** Captions by people that the workspace asks for, of each image. */
  wanted: number
  /** References, candidates and captions by people that are wanted, together. */
  captions: number
}

/** What `writeLibrary` makes in that folder. */
export function libraryIn(folder: string, images: number, wanted: number): GeneratedLibrary {
  return { folder: join(folder, 'workspace'), images, wanted, captions: images * (referencesEach + candidatesEach + wanted) }
}

/** Makes a workspace of `images` images that asks for `wanted` captions each in `folder`/workspace, with the model that ships promoted. */
export async function writeLibrary(folder: string, images: number, wanted: number): Promise<GeneratedLibrary> {
  const workspace = join(folder, 'workspace')
  // Inside of the workspace they are its own: no one needs to say that they may be shown.
  const photos = join(workspace, 'photos')
  const service = await openWorkspace({
    folder: workspace,
    create: { name: `${images} images` },
    modelRoots: [join(projectFolder, 'models')],
    author: () => 'Bench',
    onEvent: () => undefined,
  })
  service.close()
  const contents = await linkPictures(folder, photos, images)
  const database = await openDatabase(workspace, false)
  try {
    fill(database, { images, wanted, photos, contents })
  } finally {
    closeDatabase(database)
  }
  return libraryIn(folder, images, wanted)
}

/** Each image has a file name of its own; the bytes are those of a few hundred drawn scenes: image n has the content of number n modulo their count. */
async function linkPictures(folder: string, photos: string, images: number): Promise<string[]> {
  const drawn = await writeScenes(join(folder, 'scenes'), Math.min(pictures, images), 1)
  const names = (await readdir(drawn.images)).sort()
  await mkdir(photos, { recursive: true })
  for (let first = 1; first <= images; first += 500) {
    const some = Array.from({ length: Math.min(500, images - first + 1) }, (_, index) => first + index)
    await Promise.all(some.map((id) => link(join(drawn.images, names[id % names.length]), join(photos, fileName(id)))))
  }
  return Promise.all(names.map((name) => hashFile(join(drawn.images, name))))
}

function fileName(id: number): string {
  return `photo${String(id).padStart(6, '0')}.jpg`
}

/** `contents`: the SHA-256 of each drawn scene. */
function fill(database: Database, { images, wanted, photos, contents }: { images: number; wanted: number; photos: string; contents: readonly string[] }): void {
  const texts = Array.from({ length: sentences / referencesEach }, (_, seed) => describeScene(composeScene(seed + 1))).flat()
  const table = buildDocumentFrequency(
    texts.map((text) => [scoringTokens(text)]),
    scoringTokenizer,
  )
  const frequencies = storeDocumentFrequency(database, table, now)
  writeProperty(database, 'document_frequency_id', table.id)
  writeProperty(database, 'scoring_tokenizer', scoringTokenizer)
  const model = promotedModel(database)?.number
  if (model === undefined) throw new Error('No model package lies in models/.')

  database.exec(
    'CREATE TEMP TABLE sentence (number INTEGER PRIMARY KEY, text TEXT NOT NULL); CREATE TEMP TABLE content (number INTEGER PRIMARY KEY, hash TEXT NOT NULL)',
  )
  const add = database.prepare('INSERT INTO temp.sentence (number, text) VALUES (?, ?)')
  const numbers = (sql: string): string => `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${images}) ${sql}`
  const upTo = (count: number): string => `(VALUES ${Array.from({ length: count }, (_, index) => `(${index})`).join(', ')})`
  /** A sentence for image n and salt k, spread evenly. */
  const sentence = (k: string): string => `(SELECT text FROM temp.sentence WHERE number = (n * 7919 + ${k} * 104729) % ${texts.length})`
  const spread = (factor: number): string => `((n * ${factor}) % 100003) / 100003.0`
  const everything = database.transaction(() => {
    texts.forEach((text, number) => add.run(number, text))
    const addContent = database.prepare('INSERT INTO temp.content (number, hash) VALUES (?, ?)')
    contents.forEach((hash, number) => addContent.run(number, hash))
    database.prepare('INSERT INTO image_root VALUES (?)').run(photos)
    database
      .prepare(
        numbers(`INSERT INTO image (path, root, file_name, sort_name, content_hash, width, height, split, reference_count, added_at)
          SELECT ? || printf('/photo%06d.jpg', n), ?, printf('photo%06d.jpg', n), printf('photo%012d.jpg', n), (SELECT hash FROM temp.content WHERE number = n % ${contents.length}), 640, 480,
            CASE n % 10 WHEN 0 THEN 'dev' WHEN 1 THEN 'test' ELSE 'train' END, ${referencesEach}, '${now}' FROM number`),
      )
      .run(photos, photos)
    database.exec(`
      ${numbers(`INSERT INTO reference (image_id, text, source) SELECT n, ${sentence('column1')}, 'generated' FROM number CROSS JOIN ${upTo(referencesEach)}`)};
      ${numbers(`INSERT INTO caption (image_id, model_number, rank, beam, text, log_probability, created_at)
        SELECT n, ${model}, column1, 3, ${sentence('(column1 + 10)')}, -20 * ${spread(40503)} - column1, '${now}' FROM number CROSS JOIN ${upTo(candidatesEach)}`)};
      INSERT INTO property VALUES ('captions_wanted', '${wanted}');
      ${numbers(`INSERT INTO review (image_id, slot, state, revision, text, error_types, author, updated_at)
        SELECT n, column1, CASE WHEN column1 < ${wanted - 1} THEN 'corrected' WHEN n % 12 = 0 THEN 'accepted' WHEN n % 12 = 1 THEN 'corrected'
            WHEN n % 12 = 2 THEN 'rejected' ELSE 'draft' END, 1,
          ${sentence('(column1 + 20)')}, CASE n % 12 WHEN 1 THEN '["object","count"]' ELSE '[]' END, CASE n % 2 WHEN 0 THEN 'Ada' ELSE 'Bea' END,
          printf('2026-01-01T%09d', (n * 31 + column1) % 1000003) FROM number CROSS JOIN ${upTo(wanted)}`)};
      DELETE FROM review WHERE state = 'draft' AND image_id % 24 > 3;
      UPDATE image SET decided = (SELECT count(*) FROM review WHERE image_id = image.id AND state <> 'draft'),
        review_state = CASE WHEN id % 24 = 3 THEN 'draft' WHEN id % 12 > 2 THEN 'pending' WHEN ${wanted} > 1 THEN 'corrected'
          ELSE (SELECT state FROM review WHERE image_id = image.id) END;
      INSERT INTO score (model_number, reference_set, metric, image_id, value, caption_id, document_frequency_number)
        SELECT model_number, 'references', column1, image_id, ((image_id * 40503) % 100003) / 50000.0, id, ${frequencies}
        FROM caption, (VALUES ${metrics.map((metric) => `('${metric}')`).join(', ')}) WHERE rank = 0;
      INSERT INTO image_text (rowid, words)
        SELECT id, file_name || ' ' || (SELECT group_concat(text, ' ') FROM reference WHERE image_id = image.id)
          || ' ' || (SELECT group_concat(text, ' ') FROM caption WHERE image_id = image.id) FROM image;
    `)
  })
  everything()
  database.exec('DROP TABLE temp.sentence; DROP TABLE temp.content')
  database.pragma('optimize=0x10002')
}
