import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { join, resolve } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { migrate, migrations } from '#engine/workspace/storage/migrate.ts'
import { severalCaptions } from '#engine/workspace/storage/migrations/0011-0020/0013-several-captions.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { testWorkspace } from '../../../../support/workspace.ts'

/** A workspace as the version before left it: one caption a photo, each in another state, with steps to undo and to redo. */
const asBefore = `
  INSERT INTO property VALUES ('name', 'Zoo'), ('created_at', '2026-01-01');
  INSERT INTO image_root VALUES ('/photos');
  INSERT INTO image (id, path, root, file_name, sort_name, content_hash, width, height, split, added_at)
    SELECT column1, '/photos/' || column1, '/photos', column1 || '.jpg', column1, 'h' || column1, 1, 1, 'train', '' FROM (VALUES (1), (2), (3), (4), (5), (6), (7), (8));
  INSERT INTO reference (image_id, text, source) VALUES (1, 'a dog', 'a.json'), (1, 'one dog', 'a.json');
  UPDATE image SET reference_count = 2 WHERE id = 1;
  INSERT INTO model (number, id, name, architecture, parameters, encoder_id, origin, folder, created_at) VALUES (1, 'm', 'M', 't', 1, 'e', 'shipped', '/m', '');
  INSERT INTO caption (id, image_id, model_number, rank, beam, text, log_probability, created_at) VALUES (30, 3, 1, 0, 1, 'a candidate', -1, ''), (40, 4, 1, 0, 1, 'another', -1, '');
  INSERT INTO review (image_id, state, revision, text, candidate_id, error_types, rating, updated_at, unknown_words) VALUES
    (1, 'pending', 0, NULL, NULL, '[]', NULL, NULL, NULL),
    (2, 'draft', 3, 'two cats  s', NULL, '["count"]', 2, '2026-01-02', 1),
    (3, 'accepted', 1, 'a candidate', 30, '[]', 5, '2026-01-03', NULL),
    (4, 'corrected', 2, 'mine', 40, '["object","count"]', NULL, '2026-01-04', 0),
    (5, 'rejected', 4, 'words beside', NULL, '[]', NULL, '2026-01-05', NULL),
    (6, 'skipped', 1, NULL, NULL, '[]', NULL, '2026-01-06', NULL),
    (7, 'pending', 2, NULL, NULL, '[]', NULL, '2026-01-07', NULL),
    (8, 'corrected', 1, 'from a file', NULL, '[]', NULL, '2026-01-08', NULL);
  INSERT INTO correction (image_id, candidate_id, text, replaces, difference, error_types, rating, author, created_at) VALUES
    (4, 40, 'older', 'another', '[]', '[]', NULL, 'Bob', '2026-01-03'), (4, 40, 'mine', 'another', '[]', '["object","count"]', NULL, 'Cy', '2026-01-04'),
    (7, NULL, 'taken back', '', '[]', '[]', NULL, 'Cy', '2026-01-07'), (8, NULL, 'from a file', '', '[]', '[]', NULL, 'Dee', '2026-01-08');
  INSERT INTO action (id, description, undone, author, created_at) VALUES
    (1, 'Correct 4.jpg', 0, 'Bob', ''), (2, 'Correct 4.jpg', 0, 'Cy', ''), (3, 'Accept 3.jpg', 0, 'Ada', ''), (4, 'Skip 2 images', 0, 'Ada', ''), (5, 'Correct 7.jpg', 1, 'Cy', '');
  INSERT INTO action_change (action_id, image_id, before, after) VALUES
    (1, 4, '{"state":"pending","text":null,"candidateId":null,"errorTypes":[],"rating":null}', '{"state":"corrected","text":"older","candidateId":40,"errorTypes":[],"rating":null}'),
    (2, 4, '{"state":"corrected","text":"older","candidateId":40,"errorTypes":[],"rating":null}', '{"state":"corrected","text":"mine","candidateId":40,"errorTypes":["object","count"],"rating":null}'),
    (3, 3, '{"state":"pending","text":null,"candidateId":null,"errorTypes":[],"rating":null}', '{"state":"accepted","text":"a candidate","candidateId":30,"errorTypes":[],"rating":5}'),
    (4, 5, '{"state":"draft","text":"words beside","candidateId":null,"errorTypes":[],"rating":null}', '{"state":"rejected","text":"words beside","candidateId":null,"errorTypes":[],"rating":null}'),
    (4, 6, '{"state":"pending","text":null,"candidateId":null,"errorTypes":[],"rating":null}', '{"state":"skipped","text":null,"candidateId":null,"errorTypes":[],"rating":null}'),
    (5, 7, '{"state":"pending","text":null,"candidateId":null,"errorTypes":[],"rating":null}', '{"state":"corrected","text":"taken back","candidateId":null,"errorTypes":[],"rating":null}');
`

const reviews = (database: Database.Database): unknown[] =>
  database
    .prepare(
      "SELECT image_id, state, revision, text, candidate_id, error_types, rating, updated_at, unknown_words FROM review WHERE revision > 0 OR state <> 'pending' ORDER BY image_id",
    )
    .all()

async function openOld(fill: (database: Database.Database, folder: string) => void, folder = join(temporaryFolder(), 'old')): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const database = new Database(workspaceLayout(folder).database)
  await migrate(
    database,
    workspaceLayout(folder),
    migrations.filter(({ version }) => version < severalCaptions.version),
  )
  fill(database, folder)
  database.close()
  return folder
}

test('a workspace of one caption a photo keeps every state, revision, text, mark, correction, reference and step', async () => {
  let before: unknown[] = []
  const folder = await openOld((database) => {
    database.exec(asBefore)
    before = reviews(database)
  })
  const workspace = await testWorkspace(folder)
  expect(workspace.reader.pragma('foreign_key_check')).toEqual([])
  expect(reviews(workspace.reader)).toEqual(before)
  expect(workspace.reader.prepare('SELECT slot, text, author FROM correction ORDER BY id').raw().all()).toEqual([
    [0, 'older', 'Bob'],
    [0, 'mine', 'Cy'],
    [0, 'taken back', 'Cy'],
    [0, 'from a file', 'Dee'],
  ])
  const detail = async (imageId: number) => workspace.call('images.get', { imageId })
  expect((await detail(1)).references.map(({ text, source, author }) => [text, source, author])).toEqual([
    ['a dog', 'a.json', null],
    ['one dog', 'a.json', null],
  ])
  const authors = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(async (imageId) => (await detail(imageId)).captions.map(({ author }) => author)))
  expect(authors).toEqual([[null], [null], ['Ada'], ['Cy'], ['Ada'], ['Ada'], [null], ['Dee']])
  expect((await workspace.call('library.facets')).states).toEqual({ pending: 2, draft: 1, accepted: 1, corrected: 2, rejected: 1, skipped: 1 })
  expect(workspace.reader.prepare('SELECT id, decided FROM image WHERE decided > 0 ORDER BY id').raw().all()).toEqual([3, 4, 5, 6, 8].map((id) => [id, 1]))
})

test('undo and redo go back over the migration, with the author of what stands again', async () => {
  const workspace = await testWorkspace(await openOld((database) => void database.exec(asBefore)))
  const [four] = (await workspace.call('images.get', { imageId: 4 })).captions
  expect(await workspace.call('review.redo')).toMatchObject({ imageIds: [7], slot: 0 })
  for (let step = 0; step < 4; step++) await workspace.call('review.undo')
  expect((await workspace.call('images.get', { imageId: 4 })).captions).toMatchObject([
    { state: 'corrected', text: 'older', author: 'Bob', revision: four.revision + 1 },
  ])
  expect((await workspace.call('images.get', { imageId: 3 })).captions).toMatchObject([{ state: 'pending', author: null }])
  expect((await workspace.call('images.get', { imageId: 5 })).captions).toMatchObject([{ state: 'draft', text: 'words beside' }])
})

test('a sample workspace that an earlier version made opens with nothing lost', async () => {
  const folder = join(temporaryFolder(), 'sample')
  mkdirSync(folder)
  writeFileSync(workspaceLayout(folder).database, gunzipSync(readFileSync(resolve('tests/support/sample-of-schema-4.db.gz'))))
  const old = new Database(workspaceLayout(folder).database, { readonly: true })
  expect(Number(old.pragma('user_version', { simple: true }))).toBeLessThan(severalCaptions.version)
  const tables = ['SELECT image_id, state, revision, text, candidate_id, rating, error_types FROM review WHERE revision > 0 ORDER BY image_id'].concat(
    'SELECT id, image_id, text, author, created_at FROM correction ORDER BY id',
    'SELECT id, image_id, text, source FROM reference ORDER BY id',
    'SELECT id, snapshot_id, image_id, kind, text, weight, held_out FROM snapshot_item ORDER BY id',
    'SELECT id, description, undone, author FROM action ORDER BY id',
    "SELECT action_id, image_id, json_remove(before, '$.author'), json_remove(after, '$.author') FROM action_change ORDER BY action_id, image_id",
  )
  const rowsOf = (database: Database.Database): unknown[] => tables.map((sql) => database.prepare(sql).raw().all())
  const before = rowsOf(old)
  old.close()
  const { service } = await testWorkspace(folder)
  service.close()
  service.close = () => undefined
  const opened = new Database(workspaceLayout(folder).database, { readonly: true })
  expect(rowsOf(opened)).toEqual(before)
  expect(opened.pragma('foreign_key_check')).toEqual([])
  opened.close()
})
