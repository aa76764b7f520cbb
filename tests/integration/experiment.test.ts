/** A whole experiment on a few photos: killed in the middle of its second cell, gone on with, compared and written down. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { readExperimentRecipe, type ExperimentRecipeInput } from '#engine/experiments/recipe.ts'
import { runExperiment, type ExperimentTell } from '#engine/experiments/run-experiment.ts'
import { readModelPackage } from '#engine/models/model-package.ts'
import { readCurve } from '#engine/training/runs/curve.ts'
import { experimentLayout } from '#engine/workspace/experiments/experiment-layout.ts'
import { experimentReportSchema, type ExperimentReport } from '#shared/experiments.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { writeTinyExperiment } from '../support/tiny-experiment.ts'

const encoders = join(defaultEncoderFolder, '..')

beforeAll(async () => {
  await ensureEncoders()
})

interface Told {
  tell: ExperimentTell
  begun: string[]
  notes: string[]
}

function listener(): Told {
  const told: Told = {
    begun: [],
    notes: [],
    tell: {
      cell: ({ id }) => told.begun.push(id),
      stage: () => undefined,
      progress: () => undefined,
      note: (text) => told.notes.push(text),
      report: () => undefined,
    },
  }
  return told
}

async function run(home: string, file: string, folder: string, tell: ExperimentTell, signal = new AbortController().signal): Promise<ExperimentReport> {
  return runExperiment({
    ...(await readExperimentRecipe(file)),
    folder,
    command: 'capstan experiment recipe.json',
    encoderRoots: [encoders],
    featureFolder: join(home, 'features'),
    session: { threads: 1 },
    signal,
    tell,
  })
}

const first = 'openimages-ssd_transformer_short_seed-1'
const second = 'openimages-ssd_object-relation_short_seed-1'

test('an experiment that was killed goes on: the finished cell stays, the one in hand resumes, and the table has both', async () => {
  const home = temporaryFolder()
  const file = await writeTinyExperiment(home)
  const folder = join(home, 'experiment')
  const layout = experimentLayout(folder)
  const { checkpoints, record } = layout.cell(second)
  const child = spawn(
    process.execPath,
    ['src/cli/capstan.ts', 'experiment', file, '--out', folder, '--encoders', encoders, '--features', join(home, 'features'), '--threads', '1'],
    {
      cwd: join(import.meta.dirname, '../..'),
      stdio: 'ignore',
    },
  )
  const ended = once(child, 'exit')
  const checkpointed = () => existsSync(checkpoints) && readdirSync(checkpoints).some((name) => name.endsWith('.safetensors'))
  while (child.exitCode === null && !checkpointed()) await setTimeout(5)
  child.kill('SIGKILL')
  await ended
  expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ state: 'running' })
  const kept = statSync(layout.cell(first).record).mtimeMs

  const { tell, begun, notes } = listener()
  const report = await run(home, file, folder, tell)
  expect(begun).toEqual([second])
  expect(notes.some((note) => /from step [1-9]/.test(note))).toBe(true)
  expect(statSync(layout.cell(first).record).mtimeMs).toBe(kept)
  expect(existsSync(checkpoints)).toBe(false)

  expect(report.cells.map(({ state }) => state)).toEqual(['done', 'done'])
  expect(report.metrics).toEqual(['Bleu_4', 'METEOR (WordNet 3.1, no paraphrases)', 'CIDEr'])
  const [transformer, relations] = report.cells
  expect(transformer.differences).toEqual([null])
  const difference = relations.differences[0]?.metrics['CIDEr']
  expect(difference?.value).toBeCloseTo((relations.result?.scores['CIDEr'].value ?? 0) - (transformer.result?.scores['CIDEr'].value ?? 0), 9)
  expect(relations.result).toMatchObject({ steps: 120, judgedPhotos: 4 })
  const curve = await readCurve(layout.cell(second).curve, Infinity)
  expect(curve.filter(({ kind }) => kind === 'step').map(({ step }) => step)).toEqual([20, 40, 60, 80, 100, 120])
  const { manifest } = await readModelPackage(layout.cell(second).model)
  expect(manifest).toMatchObject({ id: second, captioner: { architecture: 'object-relation' } })
  expect(readFileSync(layout.cell(first).scores, 'utf8').trim().split('\n')).toHaveLength(4)

  expect(experimentReportSchema.parse(JSON.parse(readFileSync(layout.results.json, 'utf8')))).toEqual(report)
  expect(readFileSync(layout.results.markdown, 'utf8')).toContain('8 photos of train.txt')
  expect(readFileSync(layout.results.csv, 'utf8').split('\r\n')).toHaveLength(4)
  for (const plot of ['scores.svg', 'differences-1.svg', 'curves.svg']) expect(readFileSync(join(folder, plot), 'utf8')).toContain('<svg')

  // All done: nothing runs again.
  const again = listener()
  expect(await run(home, file, folder, again.tell)).toEqual(report)
  expect(again.begun).toEqual([])
}, 900_000)

test('a cell that fails is recorded with its reason and the rest goes on; a finished cell is not run with other settings', async () => {
  const home = temporaryFolder()
  const quick = {
    name: 'short',
    epochs: 1,
    batchImages: 4,
    minimumCount: 1,
    captioner: { encoderLayers: 1, decoderLayers: 1, width: 8, feedForward: 8, heads: 1 },
    features: { mirror: false },
  }
  const captioners = [{ name: 'transformer', captioner: {} }]
  const change: Partial<ExperimentRecipeInput> = { encoders: ['not-here', 'openimages-ssd'], captioners, recipes: [quick], baselines: [] }
  const file = await writeTinyExperiment(home, change)
  const folder = join(home, 'experiment')
  const { tell, begun } = listener()
  const report = await run(home, file, folder, tell)
  expect(begun).toHaveLength(2)
  expect(report.cells.map(({ state, error }) => [state, error?.code])).toEqual([
    ['failed', 'not-found'],
    ['done', undefined],
  ])
  expect(readFileSync(experimentLayout(folder).results.markdown, 'utf8')).toContain('There is no encoder “not-here”')

  const changed = await writeTinyExperiment(home, { ...change, recipes: [{ ...quick, epochs: 2 }] })
  await expect(run(home, changed, folder, tell)).rejects.toMatchObject({ code: 'conflict' })
}, 900_000)

test('a cancelled experiment keeps what is finished and can go on', async () => {
  const home = temporaryFolder()
  const file = await writeTinyExperiment(home)
  const folder = join(home, 'experiment')
  const stop = new AbortController()
  const told = listener()
  const tell: ExperimentTell = { ...told.tell, note: (text) => (told.begun.length === 2 && text.startsWith('step 40 ') ? stop.abort() : undefined) }
  await expect(run(home, file, folder, tell, stop.signal)).rejects.toMatchObject({ code: 'cancelled' })
  const { cells } = experimentReportSchema.parse(JSON.parse(readFileSync(experimentLayout(folder).results.json, 'utf8')))
  expect(cells.map(({ state }) => state)).toEqual(['done', 'waiting'])
  const report = await run(home, file, folder, listener().tell)
  expect(report.cells.map(({ state }) => state)).toEqual(['done', 'done'])
}, 900_000)
