/** A workspace whose rows were changed by hand: what cannot be read is told in words, and the rest goes on. */
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { toReport } from '#shared/errors.ts'
import { captionImages, importImages, testWorkspace } from '../../../support/workspace.ts'

test.each(['{', '{}', '{"kind":"export"}', '[]', '['.repeat(5000)])('a queued job that says %j fails, and the workspace opens', async (input) => {
  const { folder, service, call } = await testWorkspace()
  const { id } = await call('exports.start', { what: 'reviewed', modelId: null, set: 'all', file: join(folder, '../out.json') })
  service.close()
  const database = new Sqlite(join(folder, 'workspace.db'))
  database.prepare('UPDATE job SET input = ? WHERE id = ?').run(input, id)
  database.close()
  const again = await testWorkspace(folder)
  const [job] = await again.call('jobs.list')
  expect(job).toMatchObject({ id, state: 'failed', error: { code: 'corrupt' } })
  expect(again.service.jobs.claimNext()).toBeNull()
  await again.call('jobs.clearFinished')
  expect(await again.call('jobs.list')).toEqual([])
})

test('columns of JSON that hold something else are told as damage, not as a defect', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 1)
  await captionImages(workspace, [1])
  const database = new Sqlite(join(workspace.folder, 'workspace.db'))
  database.exec(`UPDATE caption SET token_log_probabilities = '["a"]'`)
  database.close()
  const report = await workspace.call('images.get', { imageId: 1 }).then(
    () => null,
    (error: unknown) => toReport(error),
  )
  expect(report).toMatchObject({ code: 'corrupt', happened: expect.stringContaining('holds something that Capstan did not write') as string })
})
