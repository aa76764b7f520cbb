/** Reports that a workspace's job writes, from stored scores on a real database. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { ReportSettings } from '#shared/exchange.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../support/workspace.ts'

const imageIds = Array.from({ length: 12 }, (_, index) => index + 1)

async function scored(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const { service, reader } = workspace
  const root = join(workspace.folder, 'photos')
  await importImages(
    workspace,
    imageIds.map((id) => importedImage(root, id, { split: 'dev', references: [{ text: `<i>truth</i> ${id}`, source: 'file' }] })),
  )
  const documentFrequencyId = reader.prepare<[], string>("SELECT value FROM property WHERE name = 'document_frequency_id'").pluck().get() ?? ''
  for (const [modelId, beam, gain] of [
    ['base', 1, 0],
    ['other', 3, 0.5],
  ] as const) {
    const rows = imageIds.map((imageId) => ({
      imageId,
      modelId,
      beam,
      candidates: [{ text: `${modelId} <b>says</b> ${imageId}`, logProbability: -1, tokenLogProbabilities: null }],
    }))
    await service.applyBatch(1, { kind: 'captions', rows })
    const scores = imageIds.map((imageId) => ({ imageId, scores: { CIDEr: 1 + gain + (imageId === 3 ? -2 * gain : 0) + imageId / 100 } }))
    await service.applyBatch(1, { kind: 'scores', modelId, referenceSet: 'references', documentFrequencyId, rows: scores })
  }
  return workspace
}

async function write({ service }: TestWorkspace, settings: Partial<ReportSettings> & { file: string }) {
  const about = { kind: 'comparison', beforeId: 'base', afterId: 'other', set: 'dev', metric: 'CIDEr' } as const
  await service.handle('reports.start', { about, ...settings })
  return runNextJob(service, { modelRoots: [], encoderRoots: [] })
}

test('a comparison says what the window says of it, with the photos at both ends', async () => {
  const workspace = await scored()
  const file = join(temporaryFolder(), 'report.html')
  expect(await write(workspace, { file })).toMatchObject({ state: 'done', result: { file } })
  const page = readFileSync(file, 'utf8').replaceAll(/\s+/g, ' ')
  const shown = await workspace.call('models.compare', { beforeId: 'base', afterId: 'other', metric: 'CIDEr', set: 'dev' })
  expect(page).toContain(shown.before.CIDEr!.toFixed(3))
  expect(page).toContain(shown.after.CIDEr!.toFixed(3))
  expect(page).toContain(`${shown.better} better, ${shown.worse} worse, ${shown.same} the same, of 12`)
  expect(page).toContain('greedy (beam 1)')
  expect(page).toContain('by beam 3')
  expect(page).toContain('other &lt;b&gt;says&lt;/b&gt; 3')
  expect(page.indexOf('got worse most')).toBeLessThan(page.indexOf('other &lt;b&gt;says&lt;/b&gt; 3'))
  expect(page).toContain('&lt;i&gt;truth&lt;/i&gt; 3')
  expect(page).toContain('capstan compare before.json after.json')
  expect(page).not.toContain(workspace.folder)
})

test('a report that was begun stays away from what is there, from the workspace, and from formats that the command line cannot write', async () => {
  const workspace = await scored()
  const file = join(temporaryFolder(), 'report.pdf')
  await expect(write(workspace, { file })).rejects.toMatchObject({ code: 'unavailable' })
  const inside = await workspace.service
    .handle('reports.start', {
      about: { kind: 'experiment', experiment: 'none' },
      file: join(workspace.folder, 'report.html'),
    })
    .catch((error: unknown) => error)
  expect(inside).toMatchObject({ code: 'not-permitted' })
  await expect(write(workspace, { file: join(temporaryFolder(), 'x.html'), about: { kind: 'experiment', experiment: 'none' } })).rejects.toMatchObject({
    code: 'not-found',
  })
})
