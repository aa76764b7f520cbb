import { join } from 'node:path'
import { expect, test } from 'vitest'
import { differencesOf } from '#engine/experiments/comparison.ts'
import { readScoredPhotos, scoredPhotos, summableMetrics, writeScoredPhotos } from '#engine/experiments/scored-cell.ts'
import { csvTable, markdownTable } from '#engine/experiments/table.ts'
import { parseExperimentRecipe } from '#engine/experiments/recipe.ts'
import { evaluate } from '#engine/metrics/evaluate.ts'
import { corpusValues } from '#shared/metrics/summable.ts'
import type { ComparedCell, ExperimentReport } from '#shared/experiments.ts'
import { temporaryFolder } from '../../../support/temporary-folder.ts'

const references = [
  ['a dog runs on the grass', 'a brown dog is running'],
  ['two people sit on a bench', 'people on a bench'],
  ['a red car on a street', 'the car is red'],
  ['a child jumps into water', 'a boy jumps in a pool'],
]
const good = ['a dog runs on grass', 'people sit on a bench', 'a red car', 'a boy jumps into water']
const poor = ['a cat', 'people sit on a bench', 'a man', 'a dog']

async function scored(candidates: readonly string[]) {
  const images = candidates.map((candidate, index) => ({ id: `photo ${index}`, candidate, references: references[index] }))
  const evaluation = await evaluate({ images, metrics: ['Bleu_1', 'Bleu_4', 'METEOR', 'ROUGE_L', 'CIDEr'] })
  return { evaluation, photos: scoredPhotos(evaluation, new Map(images.map(({ id, candidate }) => [id, candidate]))) }
}

test('scores read back from their file give the same corpus values, BLEU and METEOR included', async () => {
  const { evaluation, photos } = await scored(good)
  const file = join(temporaryFolder(), 'scores.jsonl')
  await writeScoredPhotos(file, photos)
  const read = await readScoredPhotos(file)
  expect(read[0]).toMatchObject({ image: 'photo 0', caption: good[0] })
  expect(corpusValues(summableMetrics(read), read.length)).toMatchObject(evaluation.corpus)
})

test('differences are paired over the photos that both cells judged', async () => {
  const before = (await scored(poor)).photos
  const after = (await scored(good)).photos
  const { CIDEr, Bleu_1 } = differencesOf(before, after)
  expect(CIDEr.value).toBeGreaterThan(0)
  expect(CIDEr.low).toBeLessThanOrEqual(CIDEr.value)
  expect(CIDEr.high).toBeGreaterThanOrEqual(CIDEr.value)
  expect(Bleu_1.value).toBeGreaterThan(0)
  // The one photo that both have was captioned alike.
  expect(differencesOf(before, [after[1]])['ROUGE_L']).toMatchObject({ value: 0, low: 0, high: 0 })
})

function compared(encoder: string, change: Partial<ComparedCell>): ComparedCell {
  const cell = { id: `${encoder}_t_x_seed-1`, encoder, captioner: 't', recipe: 'x', seed: 1 }
  return { cell, state: 'waiting', error: null, result: null, differences: [null], ...change }
}

const result = {
  parameters: 1_234_567,
  words: 100,
  visualTokens: 25,
  judgedPhotos: 4,
  scores: { CIDEr: { value: 0.5, low: 0.4, high: 0.61 } },
  steps: 90,
  trainingSeconds: 120,
  tokensPerSecond: 1500.4,
  captionsPerSecond: 20,
  photosPerSecond: 8,
}
const report: ExperimentReport = {
  formatVersion: 1,
  name: 'Two encoders',
  description: '',
  command: 'capstan experiment two.json',
  data: 'captions.txt; learned from 8 photos of train.txt, judged on 4 photos of dev.txt',
  trainPhotos: 8,
  devPhotos: 4,
  beam: 3,
  metrics: ['CIDEr'],
  baselines: ['encoder one'],
  groups: [],
  choosingPhotos: 0,
  cells: [
    compared('one', { state: 'done', result }),
    compared('two', {
      state: 'done',
      result,
      differences: [{ baseline: 'one_t_x_seed-1', metrics: { CIDEr: { value: 0.1, low: 0.02, high: 0.2, p: 0.01 } } }],
    }),
    compared('three', { state: 'failed', error: { code: 'not-found', happened: 'There is no encoder “three”, "really".', kept: '', todo: '' } }),
  ],
}

test('the Markdown table says the command, the data, scores with intervals, differences and what failed', () => {
  const recipe = parseExperimentRecipe(
    {
      name: 'x',
      data: { captions: 'c', images: 'i', trainList: 't', devList: 'd' },
      encoders: ['one'],
      captioners: [{ name: 't', captioner: {} }],
      recipes: [{ name: 'x' }],
    },
    'x',
  )
  const text = markdownTable(report, recipe, { files: [{ title: 'Scores', file: 'scores.svg' }] })
  expect(text).toContain('`capstan experiment two.json`')
  expect(text).toContain('8 photos of train.txt')
  expect(text).toContain('| one | t | x | 1 | 1.23 M | 0.5000 [0.400, 0.610] | 2.0 min | 1500 | 20.0 | 8.0 |')
  // One seed says nothing of another: its interval covers photos alone.
  expect(text).toContain('| two | t | x | 1 | +0.1000 [+0.020, +0.200] |')
  expect(text).toContain('One seed: the intervals below cover photos, not training')
  expect(text).not.toMatch(/\*\*[+−]/)
  expect(text).toContain('The photos that judge each cell also chose its checkpoint')
  expect(text).toContain('`three_t_x_seed-1`: There is no encoder')
  expect(text).toContain('![Scores](scores.svg)')
})

test('the CSV table has a row a cell with columns for intervals and differences, quoted where needed', () => {
  const [head, one, two, three] = csvTable(report).split('\r\n')
  expect(head.split(',')).toHaveLength(one.split(',').length)
  expect(head).toContain('CIDEr against encoder one low')
  expect(two).toContain(',0.1,0.02,0.2,0.01,')
  expect(three).toContain('"There is no encoder “three”, ""really""."')
})
