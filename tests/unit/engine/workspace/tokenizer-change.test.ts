import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import DatabaseConstructor from 'better-sqlite3'
import { expect, test } from 'vitest'
import { buildDocumentFrequency, serializeDocumentFrequency } from '#engine/metrics/document-frequency.ts'
import { closeDatabase, openDatabase } from '#engine/workspace/storage/database.ts'
import { firstSchema } from '#engine/workspace/storage/migrations/0001-0010/0001-first-schema.ts'
import { currentDocumentFrequencyId, loadStoredDocumentFrequency } from '#engine/workspace/repositories/document-frequencies.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { captionImages, importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../support/workspace.ts'

/** A workspace as it was when the plain tokenizer parted its words: a table in force and a score made with it. */
async function scoredOtherwise(): Promise<{ folder: string; oldTable: string }> {
  const workspace = await testWorkspace()
  const root = `${workspace.folder}/photos`
  const texts = ["A man's T-shirt (red).", 'Two dogs, running.']
  await importImages(
    workspace,
    texts.map((text, i) => importedImage(root, i + 1, { references: [{ text, source: 'file' }] })),
  )
  await captionImages(workspace, [1, 2])
  const table = buildDocumentFrequency([[['a', 'man']], [['two', 'dogs']]], 'simple')
  await workspace.service.applyBatch(1, { kind: 'document-frequency', table: serializeDocumentFrequency(table) })
  const rows = [1, 2].map((imageId) => ({ imageId, scores: { CIDEr: imageId } }))
  await workspace.service.applyBatch(1, { kind: 'scores', modelId: 'base', referenceSet: 'references', documentFrequencyId: table.id, rows })
  await workspace.service.applyBatch(1, {
    kind: 'evaluation',
    modelId: 'base',
    set: 'all',
    images: 2,
    scores: { CIDEr: 1.5 },
    beam: 1,
    documentFrequencyId: table.id,
  })
  workspace.service.close()
  const writer = await openDatabase(workspace.folder, false)
  writer.prepare("UPDATE property SET value = ? WHERE name = 'document_frequency_id'").run(table.id)
  writer.prepare("DELETE FROM property WHERE name = 'scoring_tokenizer'").run()
  closeDatabase(writer)
  return { folder: workspace.folder, oldTable: table.id }
}

const scoresIn = ({ reader }: TestWorkspace): unknown => reader.prepare('SELECT count(*) FROM score').pluck().get()

test('a workspace scored over other words gets a new table; its per-image scores go, its evaluations stay with the old one', async () => {
  const { folder, oldTable } = await scoredOtherwise()
  const workspace = await testWorkspace(folder)
  const current = currentDocumentFrequencyId(workspace.reader, 'base')
  expect(current).not.toBe(oldTable)
  const table = loadStoredDocumentFrequency(workspace.reader, current ?? '')
  expect(table).toMatchObject({ tokenizer: 'ptb', images: 2 })
  expect(table.index.findWord('t-shirt')).toBeGreaterThanOrEqual(0)
  expect(table.index.findWord('-lrb-')).toBeGreaterThanOrEqual(0)
  expect(scoresIn(workspace)).toBe(0)
  expect((await workspace.call('scores.evaluations')).map(({ documentFrequencyId }) => documentFrequencyId)).toEqual([oldTable])
  expect((await workspace.call('scores.live', { imageId: 1, text: "a man's T-shirt (red)" }))?.Bleu_4).toBeCloseTo(1, 6)
})

test('it happens once', async () => {
  const { folder } = await scoredOtherwise()
  const first = await testWorkspace(folder)
  const documentFrequencyId = currentDocumentFrequencyId(first.reader, 'base') ?? ''
  const rows = [{ imageId: 1, scores: { CIDEr: 1 } }]
  await first.service.applyBatch(1, { kind: 'scores', modelId: 'base', referenceSet: 'references', documentFrequencyId, rows })
  first.service.close()
  expect(scoresIn(await testWorkspace(folder))).toBe(1)
})

test('the table of a model that parts words otherwise is never used with these words, only with its own', async () => {
  const { reader } = await testWorkspace()
  expect(currentDocumentFrequencyId(reader, 'base')).toBeNull()
  const own = currentDocumentFrequencyId(reader, 'base', 'simple')
  expect(loadStoredDocumentFrequency(reader, own ?? '').tokenizer).toBe('simple')
})

test('the second migration reads the tokenizer out of stored tables, and takes a damaged one for none', async () => {
  const folder = temporaryFolder()
  const old = new DatabaseConstructor(join(folder, 'workspace.db'))
  old.exec(firstSchema.sql)
  old.pragma('user_version = 1')
  const insert = old.prepare("INSERT INTO document_frequency (id, images, content, created_at) VALUES (?, 1, ?, '')")
  insert.run('good', gzipSync(serializeDocumentFrequency(buildDocumentFrequency([[['a']]], 'simple'))))
  insert.run('damaged', Buffer.from('no gzip'))
  old.close()
  const database = await openDatabase(folder, false)
  const rows = database.prepare<[], [string, string]>('SELECT id, tokenizer FROM document_frequency ORDER BY number').raw().all()
  expect(rows).toEqual([
    ['good', 'simple'],
    ['damaged', ''],
  ])
  closeDatabase(database)
})
