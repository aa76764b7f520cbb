import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ExperimentReport } from '#shared/experiments.ts'
import { testWorkspace } from '../../../../support/workspace.ts'

const cell = { id: 'a_b_c_seed-1', encoder: 'a', captioner: 'b', recipe: 'c', seed: 1 }
const result = {
  parameters: 10,
  words: 5,
  visualTokens: 4,
  judgedPhotos: 2,
  scores: {},
  steps: 3,
  trainingSeconds: 1,
  tokensPerSecond: null,
  captionsPerSecond: 2,
  photosPerSecond: 1,
}
const report: ExperimentReport = {
  formatVersion: 1,
  name: 'Mine',
  description: '',
  command: 'capstan experiment mine.json',
  data: '',
  trainPhotos: 2,
  devPhotos: 2,
  beam: 3,
  metrics: [],
  baselines: [],
  groups: [],
  choosingPhotos: 0,
  cells: [
    { cell, state: 'done', error: null, result, differences: [] },
    { cell: { ...cell, id: 'a_b_c_seed-2', seed: 2 }, state: 'running', error: null, result: null, differences: [] },
  ],
}

test('an experiment is read from its folder: its report, and the curves as far as they are written', async () => {
  const { call, folder } = await testWorkspace()
  expect(await call('experiments.list')).toEqual([])
  const home = join(folder, 'experiments', 'mine')
  const [done, running] = report.cells.map(({ cell: { id } }) => join(home, 'cells', id))
  mkdirSync(done, { recursive: true })
  mkdirSync(join(running, 'checkpoints'), { recursive: true })
  writeFileSync(join(home, '..', 'notes.txt'), 'not an experiment')
  writeFileSync(join(home, 'results.json'), JSON.stringify(report))
  writeFileSync(join(home, 'results.md'), '# Mine\n')
  writeFileSync(join(done, 'curve.jsonl'), '{"kind":"evaluation","step":3,"epoch":1,"scores":{"CIDEr":0.4}}\n')
  writeFileSync(join(running, 'checkpoints', 'curve.jsonl'), '{"kind":"step","step":1,"epoch":0.5,"loss":2,"learningRate":1,"tokensPerSecond":9}\n{"kind":"st')

  expect(await call('experiments.list')).toEqual([{ id: 'mine', name: 'Mine', cells: 2, done: 1, failed: 0 }])
  const view = await call('experiments.get', { experiment: 'mine' })
  expect(view.report).toEqual(report)
  expect(view.cells).toEqual([
    { id: cell.id, modelFolder: join(done, 'model', cell.id), points: [{ step: 3, epoch: 1, loss: null, score: 0.4 }] },
    { id: 'a_b_c_seed-2', modelFolder: null, points: [{ step: 1, epoch: 0.5, loss: 2, score: null }] },
  ])
  expect(await call('experiments.table', { experiment: 'mine' })).toBe('# Mine\n')
})

test('an experiment is queued once under the name of its folder', async () => {
  const { call } = await testWorkspace()
  const start = { name: 'CLIP or not?', recipe: '/recipes/clip.json', data: 'workspace' } as const
  const job = await call('experiments.start', start)
  expect(job).toMatchObject({ kind: 'experiment', state: 'queued', title: 'Experiment CLIP or not?', result: { experiment: 'clip-or-not' } })
  await expect(call('experiments.start', start)).rejects.toMatchObject({ code: 'conflict' })
  await expect(call('experiments.resume', { experiment: 'clip-or-not' })).rejects.toMatchObject({ code: 'conflict' })
  await expect(call('experiments.start', { ...start, name: '???' })).rejects.toMatchObject({ code: 'bad-input' })
})
