/** The whole loop by hand and keyboard in the real window: photos in, captions out, ten corrections, a better captioner, promoted, exported, found again. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { writeCaptionedPhotos } from '../support/captioned-photos.ts'
import type { CaptionedPhotos } from '../support/captioned-photos.ts'

const trainPhotos = 16
const devPhotos = 8
const corrections = 10

describe('the loop in the window', () => {
  let running: RunningApp
  let folder: string
  let photos: CaptionedPhotos
  /** What was typed, by image. */
  const typed = new Map<number, string>()

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-loop-'))
    photos = await writeCaptionedPhotos(join(folder, 'photos'), trainPhotos, devPhotos)
    running = await startApp(join(folder, 'user'))
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  /** The system's dialogs cannot be driven; they answer with this path. */
  const dialogsAnswer = (path: string): Promise<void> =>
    running.app.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
    }, path)
  const press = (key: string): Promise<void> => running.window.keyboard.press(key)
  const button = (name: string | RegExp) => running.window.getByRole('button', { name })
  const dialog = () => running.window.getByRole('dialog')
  const heading = (name: string) => running.window.getByRole('heading', { level: 1, name })
  const newestJob = async (kind: string) => {
    const ofKind = async () => (await callVerb(running.window, 'jobs.list')).filter((job) => job.kind === kind)
    await expect.poll(async () => (await ofKind()).length, { timeout: 10_000 }).toBeGreaterThan(0)
    const [newest] = (await ofKind()).sort((one, other) => other.id - one.id)
    return finished(running.window, newest.id)
  }
  const allIds = (): Promise<number[]> => callVerb(running.window, 'library.ids', { filter: {}, sort: {} })

  test('a new workspace is made on the welcome page', async () => {
    await dialogsAnswer(join(folder, 'workspace'))
    await running.screenshot('loop-1-welcome')
    await button('New workspace…').click()
    await dialog().getByLabel('Name').fill('Loop')
    await dialog().getByRole('button', { name: 'Create' }).click()
    await running.window.getByText('No images yet').waitFor()
    await running.screenshot('loop-2-empty-library')
  })

  test('photos and their captions are imported', async () => {
    await press('Control+i')
    await dialog().getByRole('radio', { name: 'File of captions' }).click()
    await dialog().getByLabel('Captions file').fill(photos.captions)
    await dialog().getByText('Lists that name each split’s photos').waitFor()
    // What lies beside the file is filled in.
    for (const [label, path] of [
      ['Image folder', photos.images],
      ['Train list (optional)', photos.train],
      ['Dev list (optional)', photos.dev],
    ] as const)
      expect(await dialog().getByLabel(label).inputValue()).toBe(path)
    await dialog().getByRole('button', { name: 'Import', exact: true }).click()
    await newestJob('import')
    expect(await allIds()).toHaveLength(trainPhotos + devPhotos)
    await running.window.locator('img[src^="capstan-image://thumbnail/"]').first().waitFor()
    await running.screenshot('loop-3-library')
  })

  test('the shipped captioner captions all of them', async () => {
    await press('c')
    await dialog()
      .getByRole('button', { name: /^Caption \d+ images$/ })
      .click()
    await newestJob('caption')
    const rows = await callVerb(running.window, 'library.rows', { imageIds: await allIds(), modelId: null, metric: 'CIDEr' })
    expect(rows.filter((row) => (row.caption ?? '').trim() === '')).toEqual([])
    await running.screenshot('loop-4-captioned')
  })

  test('ten captions are corrected by keyboard', async () => {
    const ids = await allIds()
    await press('Control+2')
    for (const imageId of ids.slice(0, corrections)) {
      await running.window.locator(`img[src^="capstan-image://image/"][src$="/${imageId}"]`).waitFor()
      const { fileName } = await callVerb(running.window, 'images.get', { imageId })
      const text = photos.texts.get(fileName)?.[0] ?? ''
      await running.window.getByRole('textbox', { name: 'Caption', exact: true }).waitFor()
      await press('Escape') // the editor is open still
      await press('Shift+4')
      await press('e')
      await press('Control+a')
      await running.window.keyboard.type(text)
      if (typed.size === 0) await running.screenshot('loop-5-review')
      await press('Control+Enter')
      typed.set(imageId, text)
    }
    for (const [imageId, text] of typed) {
      await expect.poll(async () => (await callVerb(running.window, 'images.get', { imageId })).captions[0].state, { timeout: 10_000 }).toBe('corrected')
      expect((await callVerb(running.window, 'images.get', { imageId })).captions[0]).toMatchObject({ text, rating: 4 })
    }
    await running.screenshot('loop-6-corrected')
  })

  test('a snapshot is frozen and a new captioner learns from it', async () => {
    await press('Control+3')
    await heading('Train').waitFor()
    await button('Freeze a snapshot').click()
    await running.window.getByLabel('Snapshot to train on').waitFor()
    await button(/^Recipe/).click()
    await running.window.getByLabel('Epochs', { exact: true }).fill('2')
    await running.window.getByLabel('Name of the new model').fill('Learned')
    await button('Start training').click()
    const job = await newestJob('train')
    const curve = await callVerb(running.window, 'training.curve', { jobId: job.id })
    expect(curve.points.length).toBeGreaterThan(0)
    expect(curve.samples.length).toBeGreaterThan(0)
    await running.screenshot('loop-7-trained')
  })

  test('both captioners are compared, and the new one is promoted after a look at what got worse', async () => {
    await press('Control+4')
    await heading('Models').waitFor()
    await running.window.getByText('Learned').first().click()
    await running.screenshot('loop-8-model')
    await running.window.getByRole('tab', { name: 'Compare' }).click()
    await button('Compare').click()
    await running.window.getByRole('region', { name: 'Scores of both' }).waitFor()
    await running.screenshot('loop-9-compare')
    await running.window.getByRole('tab', { name: 'Model', exact: true }).click()
    await button('Promote…').click()
    await dialog().getByRole('checkbox').check()
    await running.screenshot('loop-10-gate')
    await dialog().getByRole('button', { name: 'Promote', exact: true }).click()
    await expect.poll(async () => (await callVerb(running.window, 'models.list')).find((model) => model.promoted)?.name).toBe('Learned')
  })

  test('the reviewed texts are exported as COCO results', async () => {
    const file = join(folder, 'reviewed.json')
    await dialogsAnswer(file)
    await press('Control+1')
    await heading('Library').waitFor()
    await press('Control+e')
    await button('Choose a file and export…').click()
    await newestJob('export')
    const results = z.array(z.object({ image_id: z.number(), caption: z.string() })).parse(JSON.parse(await readFile(file, 'utf8')))
    expect(results.map(({ caption }) => caption).sort()).toEqual([...typed.values()].sort())
  })

  test('every view can be looked at', async () => {
    for (const [index, name] of ['library', 'review', 'train', 'models', 'evaluate', 'failures', 'jobs', 'settings'].entries()) {
      await press(`Control+${index + 1}`)
      await new Promise((resolve) => setTimeout(resolve, 400))
      await running.screenshot(`view-${name}`)
    }
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })

  test('after a restart everything is found again', async () => {
    await running.close()
    running = await startApp(join(folder, 'user'))
    await button(/Loop/).first().click()
    await heading('Library').waitFor()
    for (const [imageId, text] of typed)
      expect((await callVerb(running.window, 'images.get', { imageId })).captions[0]).toMatchObject({ state: 'corrected', text })
    expect((await callVerb(running.window, 'models.list')).find((model) => model.promoted)?.name).toBe('Learned')
    expect(await callVerb(running.window, 'models.promotions')).not.toEqual([])
    await callVerb(running.window, 'review.undo')
    const states = await Promise.all([...typed.keys()].map(async (imageId) => (await callVerb(running.window, 'images.get', { imageId })).captions[0].state))
    expect(states.filter((state) => state !== 'corrected')).toHaveLength(1)
    await running.screenshot('loop-11-restarted')
  })
})
