/** A statement that is prepared anew for every photo keeps some kilobytes outside of the heap until it is collected: of 20,000 photos 150 MB. */
import { expect, test } from 'vitest'
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
  expect(exportedPhotos(database, settings).photos).toHaveLength(40)
  expect(prepared).toBeLessThan(20)
  database.close()
})
