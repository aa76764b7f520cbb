import { expect, test } from 'vitest'
import { experimentPage } from '#engine/reports/experiment-report.ts'
import type { ExperimentReport } from '#shared/experiments.ts'

const cell = { id: 'a-b-c-1', encoder: '<b>grid</b>', captioner: 'b', recipe: 'c', seed: 1 }
const report: ExperimentReport = {
  formatVersion: 1,
  name: 'Grid </title><script>alert(1)</script>',
  description: 'Is it better & why?',
  command: 'capstan experiment "x".json',
  data: 'drawn',
  trainPhotos: 1200,
  devPhotos: 300,
  beam: 3,
  metrics: ['CIDEr'],
  baselines: [],
  cells: [{ cell, state: 'failed', error: { code: 'internal', happened: '<img src=x>', kept: '', todo: '' }, result: null, differences: [] }],
  groups: [],
  choosingPhotos: 100,
}

test('an experiment’s page holds its cells, what failed, plots as pictures and its command, all as texts', () => {
  const page = experimentPage(report, [{ title: 'Scores', svg: '<svg xmlns="http://www.w3.org/2000/svg"/>' }], '2026-01-01')
  expect(page).not.toMatch(/<script|<img src=x|<b>grid/)
  expect(page).toContain('&lt;b&gt;grid&lt;/b&gt;')
  expect(page).toContain('&lt;img src=x&gt;')
  expect(page).toContain(`data:image/svg+xml;base64,${Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64')}`)
  expect(page).toContain('capstan experiment &quot;x&quot;.json')
  expect(page).toContain('0 of 1 done, 1 failed')
})
