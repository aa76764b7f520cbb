/** A statement that is prepared anew for every photo keeps some kilobytes outside of the heap until it is collected: of 20,000 photos 150 MB. */
import type { Statement } from 'better-sqlite3'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { join } from 'node:path'
import { exportedPhotos } from '#engine/workspace/export/exported-photos.ts'
import { openReadOnly } from '#engine/workspace/storage/database.ts'
import { exportSettingsSchema } from '#shared/exchange.ts'
import { importedImage, importImages, testWorkspace } from '../../../support/workspace.ts'

test('what is read of every exported photo is prepared once, however many there are', async () => {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  await importImages(
    workspace,
    Array.from({ length: 40 }, (_, index) => importedImage(root, index + 1, { references: [{ text: `a photo ${index}`, source: 'file' }] })),
  )
  const database = openReadOnly(workspace.folder)
  let prepared = 0
  const prepare = database.prepare.bind(database)
  database.prepare = (sql: string) => {
    prepared += 1
    return prepare(sql)
  }
  const settings = exportSettingsSchema.parse({ what: 'references', modelId: null, set: 'all', file: '/nowhere/captions.json', details: ['boxes', 'author'] })
  expect([...exportedPhotos(database, settings).photos]).toHaveLength(40)
  expect(prepared).toBeLessThan(20)
  database.close()
})

test('what is exported is read some photos at a time, each time it is gone through, and no answer of the database holds them all', async () => {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  await importImages(
    workspace,
    Array.from({ length: 1200 }, (_, index) => importedImage(root, index + 1, { references: [{ text: `a photo ${index}`, source: 'file' }] })),
  )
  const database = openReadOnly(workspace.folder)
  let longest = 0
  const answers = Object.getPrototypeOf(database.prepare('SELECT 1')) as Pick<Statement, 'all'>
  const all = vi.spyOn(answers, 'all')
  const settings = exportSettingsSchema.parse({ what: 'references', modelId: null, set: 'all', file: '/nowhere/captions.json', details: [] })
  const { photos, count, captions } = exportedPhotos(database, settings)
  expect({ count, captions }).toEqual({ count: 1200, captions: 1200 })
  const texts = (): string[] => Array.from(photos, (photo) => photo.captions.map(({ text }) => text).join())
  expect(texts()).toEqual(Array.from({ length: 1200 }, (_, index) => `a photo ${index}`))
  expect(texts()).toHaveLength(1200)
  for (const { value } of all.mock.results) {
    const rows = z.array(z.unknown()).parse(value)
    if (typeof rows[0] === 'object') longest = Math.max(longest, rows.length) // ids alone are short
  }
  all.mockRestore()
  expect(longest).toBeGreaterThan(0)
  expect(longest).toBeLessThanOrEqual(500)
  database.close()
})
