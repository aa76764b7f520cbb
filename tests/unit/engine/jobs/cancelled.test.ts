/** A cancelled job says what is kept of it, in its row and to the command line, and that is so. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { keptOfCancelled } from '#shared/jobs.ts'
import { importImages, testWorkspace } from '../../../support/workspace.ts'

const roots = { modelRoots: [], encoderRoots: [] }

test('an export that is cancelled wrote no file, and says so', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 3)
  await workspace.call('review.decide', {
    imageId: 1,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'correct', candidateId: null, text: 'a dog', errorTypes: [], rating: null },
  })
  const file = join(workspace.folder, '..', 'out.json')
  const { id } = await workspace.call('exports.start', { what: 'reviewed', modelId: null, set: 'all', file, replace: false })
  const running = runNextJob(workspace.service, { ...roots, jobId: id, signal: AbortSignal.abort() })
  await expect(running).rejects.toMatchObject({ code: 'cancelled', kept: keptOfCancelled('export') })
  expect(workspace.service.jobs.get(id)).toMatchObject({ state: 'cancelled', message: 'Cancelled. No file was written.', error: null })
  expect(existsSync(file)).toBe(false)
})

test('an import that is cancelled imported nothing, and says so', async () => {
  const workspace = await testWorkspace()
  await importImages(workspace, 1)
  const { id } = await workspace.call('imports.start', { kind: 'folder', folder: join(workspace.folder, 'photos'), split: 'none' })
  const running = runNextJob(workspace.service, { ...roots, jobId: id, signal: AbortSignal.abort() })
  await expect(running).rejects.toMatchObject({ code: 'cancelled', kept: keptOfCancelled('import') })
  expect(workspace.service.jobs.get(id).message).toBe('Cancelled. Nothing was imported.')
  expect(workspace.service.info().images).toBe(1)
})
