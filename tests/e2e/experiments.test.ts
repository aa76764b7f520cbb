/** An experiment begun, followed and read in the window; its cells run in a process of their own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { writeCaptionedPhotos } from '../support/captioned-photos.ts'

const recipe = {
  name: 'Two captioners',
  description: 'Does the Object Relation Transformer do better than the plain one on a handful of photos?',
  data: { captions: 'captions.token.txt', images: 'photos', trainList: 'train.txt', devList: 'dev.txt' },
  encoders: ['openimages-ssd', 'not-here'],
  captioners: [
    { name: 'transformer', captioner: { architecture: 'transformer' } },
    { name: 'object-relation', captioner: { architecture: 'object-relation' } },
  ],
  recipes: [
    {
      name: 'short',
      epochs: 60,
      batchImages: 4,
      captionsPerImage: 2,
      minimumCount: 1,
      captioner: { encoderLayers: 1, decoderLayers: 1, width: 32, feedForward: 64, heads: 2 },
      features: { mirror: false },
      optimizer: { learningRate: 0.01 },
      schedule: { kind: 'constant', warmupSteps: 5 },
      averaging: 0,
      evaluation: { everyEpochs: 15 },
    },
  ],
  beam: 2,
  baselines: [{ captioner: 'transformer' }],
}

describe('experiments', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-experiments-'))
    running = await startApp(join(folder, 'user'))
    const photos = await writeCaptionedPhotos(folder, 8, 4)
    await writeFile(join(folder, 'two-captioners.json'), JSON.stringify(recipe))
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Experiments' })
    const lists = { train: photos.train, dev: photos.dev }
    const job = await callVerb(running.window, 'imports.start', { kind: 'captions', file: photos.captions, imageRoot: photos.images, lists })
    await finished(running.window, job.id)
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  test('a recipe runs on the workspace’s images; scores, differences, failures and the table are there', async () => {
    const { window } = running
    await window.getByText('Library').first().waitFor()
    await window.keyboard.press('Control+7')
    await window.getByText('No experiments yet').waitFor()
    await running.screenshot('experiments-empty')
    await window.keyboard.press('n')
    const dialog = window.getByRole('dialog')
    await dialog.getByLabel('Recipe', { exact: true }).selectOption('a file of my own')
    await dialog.getByLabel('Recipe file').fill(join(folder, 'two-captioners.json'))
    await dialog.getByLabel('Recipe file').blur()
    await dialog.getByLabel('Name').fill('Two captioners')
    await running.screenshot('experiments-dialog')
    await dialog.getByRole('button', { name: 'Begin' }).click()
    await window.getByRole('heading', { level: 2, name: 'Two captioners' }).waitFor()
    const cells = window.getByRole('region', { name: 'Cells' })
    // A quick machine may have ended all cells before the first look.
    await cells.getByText('Running').or(cells.getByText('Done')).first().waitFor()
    await cells.getByText('Done').first().waitFor()
    await running.screenshot('experiments-running')

    const job = (await callVerb(window, 'jobs.list')).find(({ kind }) => kind === 'experiment')
    const ended = await finished(window, job?.id ?? 0)
    expect(ended.result).toMatchObject({ experiment: 'two-captioners', done: 2, failed: 2 })
    await cells.getByText('Failed').first().waitFor()
    expect(await cells.getByText('Done').count()).toBe(2)
    expect(await cells.getByText('There is no encoder “not-here”').count()).toBe(2)
    await window.getByText('Differences of CIDEr, paired photo by photo').waitFor()
    await running.screenshot('experiments-light')
    await callVerb(window, 'settings.set', { theme: 'dark' })
    await window.waitForTimeout(500)
    await running.screenshot('experiments-dark')
    await callVerb(window, 'settings.set', { theme: 'light' })

    await window.getByRole('button', { name: 'Table…' }).click()
    expect(await window.getByRole('textbox', { name: 'Markdown' }).inputValue()).toContain('| encoder | captioner | recipe | seed |')
    await window.keyboard.press('Escape')

    // The best of them becomes a model of the workspace.
    await window.getByRole('button', { name: 'Add the model of transformer with openimages-ssd to Models' }).click()
    await expect.poll(async () => (await callVerb(window, 'models.list')).map(({ id }) => id)).toContain('openimages-ssd_transformer_short_seed-1')
  })

  test('one that is gone on with starts by itself in a window where nothing else runs', async () => {
    const job = await callVerb(running.window, 'experiments.resume', { experiment: 'two-captioners' })
    expect(await finished(running.window, job.id)).toMatchObject({ attempts: 1, result: { experiment: 'two-captioners', done: 2, failed: 2 } })
  })
})
