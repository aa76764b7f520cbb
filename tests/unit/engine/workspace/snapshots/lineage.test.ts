/** What a snapshot knows of where its texts come from, frozen, in a file, and of snapshots from before. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { lineage } from '#engine/workspace/storage/migrations/0001-0010/0010-lineage.ts'
import { snapshotItems } from '#engine/workspace/repositories/snapshots.ts'
import { readSnapshotFile } from '#engine/workspace/snapshots/snapshot-file.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'
import { captionImages, importImages, importedImage, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

async function reviewed(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const photos = [1, 2, 3, 4, 5].map((number) => importedImage(join(workspace.folder, 'photos'), number, { contentHash: String(number).repeat(64) }))
  await importImages(workspace, photos)
  await captionImages(workspace, [1, 2, 3, 4])
  const { call } = workspace
  const candidate = async (imageId: number, rank: number) => (await call('images.get', { imageId })).candidates[rank].id
  const marks = { slot: 0, expectedRevision: 0, errorTypes: [] }
  await call('review.decide', {
    ...{
      imageId: 1,
      slot: 0,
      expectedRevision: 0,
      decision: { kind: 'correct', candidateId: await candidate(1, 1), text: 'a zebra', errorTypes: [], rating: 2 },
    },
  })
  await call('review.decide', {
    imageId: 2,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'reject', candidateId: await candidate(2, 0), errorTypes: [], rating: null },
  })
  await call('review.decide', { imageId: 3, slot: 0, expectedRevision: 0, decision: { kind: 'reject', errorTypes: [], rating: null } })
  await call('review.decide', { imageId: 4, slot: 0, expectedRevision: 0, decision: { kind: 'accept', candidateId: await candidate(4, 0), rating: 5 } })
  await call('review.decide', { imageId: 5, ...marks, decision: { kind: 'correct', candidateId: null, text: 'a horse', errorTypes: [], rating: null } })
  return workspace
}

const frozen = [
  { imageId: 1, kind: 'correction', text: 'a zebra', replaces: 'base says 1 badly', rating: 2 },
  { imageId: 2, kind: 'rejected', text: 'base says 2 well', replaces: null, rating: null },
  { imageId: 4, kind: 'accepted', text: 'base says 4 well', replaces: null, rating: 5 },
  { imageId: 5, kind: 'correction', text: 'a horse', replaces: null, rating: null },
]

test('a snapshot says what corrections replace, how candidates were rated and which were rejected, and counts texts to learn alone', async () => {
  const { call, reader } = await reviewed()
  const { id, ...counted } = await call('snapshots.create', { name: 'first', heldOut: 0 })
  expect(counted).toMatchObject({ images: 3, texts: 3, corrections: 2 })
  expect(snapshotItems(reader, id)).toMatchObject(frozen)
})

test('its file says so too, and brings it to another workspace; files from before are read as they are', async () => {
  const { call } = await reviewed()
  const { id } = await call('snapshots.create', { name: 'first', heldOut: 0 })
  const file = join(temporaryFolder(), 'first.json')
  await call('snapshots.export', { snapshotId: id, file })
  const other = await testWorkspace()
  const photos = [1, 2, 3, 4, 5].map((number) => importedImage(join(other.folder, 'photos'), number, { contentHash: String(number).repeat(64) }))
  await importImages(other, photos)
  const { snapshot } = await other.call('snapshots.import', { file })
  expect(snapshotItems(other.reader, snapshot.id)).toMatchObject(frozen)

  const before = readFileSync(file, 'utf8')
    .replace('"formatVersion":2', '"formatVersion":1')
    .replaceAll(/,"replaces":(null|"[^"]*"),"rating":(null|\d)/g, '')
  writeFileSync(file, before)
  expect(before).not.toContain('rating')
  const read = await readSnapshotFile(file)
  expect(read?.photos[0].texts).toEqual([{ kind: 'correction', text: 'a zebra', weight: 1, heldOut: false, replaces: null, rating: null }])
})

test('what corrections of earlier snapshots replace comes from their history', () => {
  const database = new Database(':memory:')
  database.exec(`
    CREATE TABLE snapshot (id INTEGER PRIMARY KEY); CREATE TABLE image (id INTEGER PRIMARY KEY);
    CREATE TABLE correction (id INTEGER PRIMARY KEY, image_id INTEGER, text TEXT, replaces TEXT);
    CREATE TABLE snapshot_item (id INTEGER PRIMARY KEY, snapshot_id INTEGER, image_id INTEGER, kind TEXT, text TEXT, weight REAL, held_out INTEGER);
    CREATE INDEX snapshot_item_by_kind ON snapshot_item (snapshot_id);
    INSERT INTO snapshot VALUES (1); INSERT INTO image VALUES (1), (2), (3);
    INSERT INTO correction VALUES (1, 1, 'a zebra', 'a horse'), (2, 1, 'two zebras', 'a zebra'), (3, 2, 'a cat', '');
    INSERT INTO snapshot_item VALUES (7, 1, 1, 'correction', 'a zebra', 1, 0), (8, 1, 2, 'correction', 'a cat', 1, 1), (9, 1, 3, 'reference', 'a zebra', 1, 0);
  `)
  database.exec(lineage.sql)
  expect(database.prepare('SELECT id, kind, held_out, replaces, rating FROM snapshot_item ORDER BY id').raw().all()).toEqual([
    [7, 'correction', 0, 'a horse', null],
    [8, 'correction', 1, null, null],
    [9, 'reference', 0, null, null],
  ])
  database.close()
})
