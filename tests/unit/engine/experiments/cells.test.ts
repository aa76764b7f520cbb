import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expandCells } from '#engine/experiments/cells.ts'
import { parseExperimentRecipe, readExperimentRecipe, withData } from '#engine/experiments/recipe.ts'

const data = { captions: 'captions.json', images: 'images', trainList: 'train.txt', devList: 'dev.txt' }
const small = {
  name: 'Grid',
  data,
  encoders: ['openimages-ssd', { name: 'Mine', encoder: './my encoder' }],
  captioners: [
    { name: 'Plain', captioner: { architecture: 'transformer', dropout: 0.2 } },
    { name: 'NG-SAN', captioner: { architecture: 'geometry-aware', geometryWidth: 8 } },
  ],
  recipes: [{ name: 'Short', epochs: 2, captioner: { width: 32, heads: 2, dropout: 0.3 } }],
  seeds: [1, 7],
}

test('every encoder meets every captioner, recipe and seed, under ids that stay the same', () => {
  const cells = expandCells(parseExperimentRecipe(small, 'here'))
  expect(cells.map(({ id }) => id)).toEqual([
    'openimages-ssd_plain_short_seed-1',
    'openimages-ssd_plain_short_seed-7',
    'openimages-ssd_ng-san_short_seed-1',
    'openimages-ssd_ng-san_short_seed-7',
    'mine_plain_short_seed-1',
    'mine_plain_short_seed-7',
    'mine_ng-san_short_seed-1',
    'mine_ng-san_short_seed-7',
  ])
  expect(cells[4]).toMatchObject({ encoder: 'Mine', encoderSource: './my encoder' })
})

test('a captioner changes the captioner of the training recipe, and the seed comes from the grid', () => {
  const [plain, , geometryAware] = expandCells(parseExperimentRecipe(small, 'here'))
  expect(plain.training).toMatchObject({ seed: 1, epochs: 2, captioner: { architecture: 'transformer', width: 32, dropout: 0.2, visualPositions: true } })
  expect(geometryAware.training).toMatchObject({
    captioner: { architecture: 'geometry-aware', width: 32, dropout: 0.3, geometryWidth: 8, visualPositions: false },
  })
})

test('a recipe of several stages trains every captioner through all of them', () => {
  const stages = [
    { name: 'cross-entropy', epochs: 2 },
    { name: 'self-critical', objective: { kind: 'self-critical' }, captioner: { dropout: 0 } },
  ]
  const [, , geometryAware] = expandCells(
    parseExperimentRecipe({ ...small, seeds: [1, 7], recipes: [{ name: 'Both', stages, captioner: { width: 32, heads: 2 } }] }, 'here'),
  )
  expect(geometryAware.training).toMatchObject({
    stages: [
      { seed: 1, epochs: 2, captioner: { architecture: 'geometry-aware', geometryWidth: 8, width: 32 } },
      { seed: 2, objective: { kind: 'self-critical' }, captioner: { architecture: 'geometry-aware', geometryWidth: 8, width: 32, dropout: 0 } },
    ],
  })
})

test('a baseline is the same cell but for what it names; a cell that is its own baseline has none', () => {
  const baselines = [{ encoder: 'openimages-ssd' }, { captioner: 'Plain', seed: 1 }]
  const cells = expandCells(parseExperimentRecipe({ ...small, baselines }, 'here'))
  expect(cells[0].baselines).toEqual([null, null])
  expect(cells[3].baselines).toEqual([null, 'openimages-ssd_plain_short_seed-1'])
  expect(cells[7].baselines).toEqual(['openimages-ssd_ng-san_short_seed-7', 'mine_plain_short_seed-1'])
})

test.each([
  ['a baseline that is no cell', { ...small, baselines: [{ encoder: 'clip' }] }, 'the baseline encoder clip is no cell of the experiment'],
  ['names that differ in signs only', { ...small, encoders: ['my.encoder', 'my encoder'] }, 'two cells have the id'],
  [
    'a recipe that cannot be trained',
    { ...small, recipes: [{ name: 'Short', epochs: 0 }] },
    'of the cell openimages-ssd_plain_short_seed-1 cannot be used: epochs',
  ],
  ['an option of another captioner', { ...small, captioners: [{ name: 'x', captioner: { geometryWidth: 3 } }] }, 'cannot be used: captioner'],
  ['a setting that is not known', { ...small, beams: 3 }, 'here, top level: Unrecognized key'],
])('%s is refused before anything starts', (_what, recipe, message) => {
  expect(() => expandCells(parseExperimentRecipe(recipe, 'here'))).toThrow(message)
})

const ready = join(import.meta.dirname, '../../../../recipes/experiments')
test.each(readdirSync(ready))('the ready recipe %s can be expanded', async (file) => {
  const { recipe } = await readExperimentRecipe(join(ready, file))
  expect(expandCells(recipe).length).toBeGreaterThan(2)
  // One seed says nothing of another, and where the data lies is an option of whoever runs it.
  expect(recipe.seeds).toHaveLength(3)
  expect(Object.keys(recipe.data).sort()).not.toEqual(expect.arrayContaining(['captions']))
  expect(withData({ recipe, baseFolder: '/' }, { captions: '/data/captions.json' }).recipe.data.captions).toBe('/data/captions.json')
})
