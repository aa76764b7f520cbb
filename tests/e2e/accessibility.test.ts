/** axe-core over every view and the dialogs, light and dark, in the real window: no serious fault. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { writeCaptionedPhotos } from '../support/captioned-photos.ts'

const views = ['library', 'review', 'train', 'models', 'evaluate', 'failures', 'experiments', 'jobs', 'work', 'settings'] as const

describe('accessibility', () => {
  let running: RunningApp
  let folder: string
  let source: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-axe-'))
    source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    running = await startApp(join(folder, 'user'))
    await running.window.getByRole('heading', { level: 1, name: 'Capstan' }).waitFor()
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  /** Serious and critical faults of what the window shows now, one line each. */
  async function faults(): Promise<string[]> {
    // The page's policy forbids scripts from elsewhere; the main process may run one all the same.
    await running.app.evaluate(({ BrowserWindow }, script) => BrowserWindow.getAllWindows()[0].webContents.executeJavaScript(`${script};0`), source)
    const results = await running.window.evaluate(() => {
      const axe = Reflect.get(globalThis, 'axe') as { run(root: unknown, options: object): Promise<unknown> }
      return axe.run(Reflect.get(globalThis, 'document'), { resultTypes: ['violations'] })
    })
    return (results as AxeResults).violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
  }

  const settled = (): Promise<void> => running.window.waitForTimeout(700)

  test('the welcome page has no serious fault', async () => {
    expect(await faults()).toEqual([])
  })

  test('no view has a serious fault while it is empty', async () => {
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Axe' })
    await running.window.getByText('No images yet').waitFor()
    for (const [index, view] of views.entries()) {
      await running.window.keyboard.press(`Control+${(index + 1) % 10}`)
      await settled()
      expect(await faults(), view).toEqual([])
    }
  })

  test('no view has a serious fault with images in it, light or dark', async () => {
    const photos = await writeCaptionedPhotos(join(folder, 'photos'), 6, 2)
    const job = await callVerb(running.window, 'imports.start', {
      kind: 'captions',
      file: photos.captions,
      imageRoot: photos.images,
      lists: { train: photos.train, dev: photos.dev },
    })
    await finished(running.window, job.id)
    for (const theme of ['light', 'dark'] as const) {
      await callVerb(running.window, 'settings.set', { theme })
      for (const [index, view] of views.entries()) {
        await running.window.keyboard.press(`Control+${(index + 1) % 10}`)
        await settled()
        expect(await faults(), `${view}, ${theme}`).toEqual([])
      }
    }
  })

  test('what opens inside Review has no serious fault, light or dark', async () => {
    const [model] = await callVerb(running.window, 'models.list')
    const job = await callVerb(running.window, 'captioning.start', { modelId: model.id, scope: {}, beam: 2, again: false })
    await finished(running.window, job.id)
    await running.window.keyboard.press('Control+2')
    await running.window.locator('button.candidate').first().waitFor()
    for (const key of ['g', 'r', 'h', 'l']) await running.window.keyboard.press(key)
    await running.window.getByRole('complementary', { name: 'Guidelines' }).waitFor()
    await running.window.getByRole('radiogroup', { name: 'Word' }).waitFor({ timeout: 60_000 })
    for (const theme of ['light', 'dark'] as const) {
      await callVerb(running.window, 'settings.set', { theme })
      await settled()
      expect(await faults(), theme).toEqual([])
    }
    await running.screenshot('review-with-panels')
    for (const key of ['g', 'l']) await running.window.keyboard.press(key)
  })

  test('no dialog has a serious fault', async () => {
    await running.window.keyboard.press('Control+1')
    await running.window.getByRole('heading', { level: 1, name: 'Library' }).waitFor()
    for (const key of ['Control+i', 'c', 'Control+e', 'Control+h', '?']) {
      await running.window.keyboard.press(key)
      await running.window.getByRole('dialog').waitFor()
      await settled()
      expect(await faults(), key).toEqual([])
      await running.window.keyboard.press('Escape')
      await running.window.getByRole('dialog').waitFor({ state: 'detached' })
    }
  })
})
