import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { exchange } from '#engine/workspace/storage/migrations/0001-0010/0009-exchange.ts'
import { importSourceSchema } from '#shared/exchange.ts'

test('imports of COCO and Flickr8k files that wait are imports of captions', () => {
  const database = new Database(':memory:')
  database.exec(
    'CREATE TABLE snapshot (id INTEGER PRIMARY KEY); CREATE TABLE image (id INTEGER PRIMARY KEY); CREATE TABLE job (id INTEGER PRIMARY KEY, kind TEXT, input TEXT)',
  )
  const insert = database.prepare('INSERT INTO job (kind, input) VALUES (?, ?)')
  const sources = [
    { kind: 'coco', file: '/a/captions.json', imageRoot: '/a', split: 'dev' },
    { kind: 'flickr8k', captions: '/a/tokens.txt', imageRoot: '/a', lists: { train: '/a/train.txt' } },
    { kind: 'folder', folder: '/a', split: 'none' },
  ]
  for (const source of sources) insert.run('import', JSON.stringify({ kind: 'import', source }))
  insert.run('caption', '{"kind":"caption"}')
  database.exec(exchange.sql)
  const inputs = database.prepare<[], string>("SELECT input ->> '$.source' FROM job WHERE kind = 'import' ORDER BY id").pluck().all()
  expect(inputs.map((json) => importSourceSchema.parse(JSON.parse(json)))).toMatchObject([
    { kind: 'captions', file: '/a/captions.json', imageRoot: '/a', split: 'dev' },
    { kind: 'captions', file: '/a/tokens.txt', imageRoot: '/a', lists: { train: '/a/train.txt' } },
    { kind: 'folder' },
  ])
  database.close()
})
