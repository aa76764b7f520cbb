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

const views = ['library', 'review', 'train', 'models', 'evaluate', 'failures', 'experiments', 'jobs', 'work', 'votes', 'cases', 'settings'] as const
const keyOf = (index: number): string => (index < 10 ? `Control+${(index + 1) % 10}` : `Control+Shift+${(index + 1) % 10}`)

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
      await running.window.keyboard.press(keyOf(index))
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
        await running.window.keyboard.press(keyOf(index))
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

  test('the map of Failures has no serious fault, light or dark', async () => {
    const { window } = running
    const [model] = await callVerb(window, 'models.list')
    await finished(window, (await callVerb(window, 'scores.start', { modelId: model.id, set: 'all', beam: 2 })).id)
    await finished(window, (await callVerb(window, 'maps.start', { modelId: model.id, set: 'all', basis: 'captions' })).id)
    await window.keyboard.press('Control+6')
    const card = window.getByRole('region', { name: 'Map', exact: true })
    await card.getByRole('button', { name: /^Map/ }).click()
    await card.getByRole('application').focus()
    await window.keyboard.press('Shift+ArrowRight')
    await card.getByRole('list', { name: 'Most alike' }).waitFor()
    for (const theme of ['light', 'dark'] as const) {
      await callVerb(window, 'settings.set', { theme })
      await settled()
      expect(await faults(), theme).toEqual([])
    }
  })

  const dialog = () => running.window.locator('[role=dialog], [role=alertdialog]')

  /** Opens what a key opens, looks at it in both themes, and closes it. */
  async function faultless(key: string): Promise<void> {
    await running.window.keyboard.press(key)
    await dialog().waitFor()
    for (const theme of ['light', 'dark'] as const) {
      await callVerb(running.window, 'settings.set', { theme })
      await settled()
      expect(await faults(), `${key}, ${theme}`).toEqual([])
    }
    await running.window.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
  }

  test('no dialog has a serious fault, light or dark', async () => {
    const { window } = running
    await window.keyboard.press('Control+1')
    await window.getByRole('heading', { level: 1, name: 'Library' }).waitFor()
    for (const key of ['Control+i', 'c', 'Control+e', 'Control+h', 'm', '?']) await faultless(key)
    // About the selected images: decide, set split and tags, save as a list, remove.
    for (const key of ['x', 't', 'l', 'Delete']) {
      await window.getByRole('listbox', { name: 'Images' }).focus()
      await window.keyboard.press('Control+a')
      await faultless(key)
    }
    await window.keyboard.press('Control+7')
    await window.getByRole('heading', { level: 1, name: 'Experiments' }).waitFor()
    await faultless('n')
    await window.keyboard.press('Control+0')
    await window.getByRole('heading', { level: 1, name: 'Votes' }).waitFor()
    await faultless('n')
  })

  test('a blind vote and what it came to have no serious fault, light or dark', async () => {
    const { window } = running
    const [model] = await callVerb(window, 'models.list')
    await callVerb(window, 'votes.create', { recipe: { a: { kind: 'model', modelId: model.id }, b: { kind: 'reference' } } })
    const looks = async (what: string): Promise<void> => {
      for (const theme of ['light', 'dark'] as const) {
        await callVerb(window, 'settings.set', { theme })
        await settled()
        expect(await faults(), `${what}, ${theme}`).toEqual([])
      }
    }
    await looks('ballots')
    await window.getByRole('button', { name: 'Vote on Ballot 1' }).click()
    await window.getByRole('group', { name: 'Which caption is better?' }).waitFor()
    await looks('a pair')
    for (const key of ['1', '2', '0']) await window.keyboard.press(key)
    await window.keyboard.press('Escape')
    await window.getByRole('button', { name: 'Close Ballot 1' }).click()
    await window.getByRole('button', { name: 'Close it' }).click()
    await window.getByRole('region', { name: 'Win rate' }).waitFor()
    await looks('results')
  })

  test('a list with columns, several captions a photo, a box being named and other spellings have no serious fault', async () => {
    const { window } = running
    await window.keyboard.press(keyOf(views.indexOf('settings')))
    const asked = window.getByLabel('Captions a photo')
    await asked.fill('3')
    await asked.press('Tab')
    await expect.poll(async () => (await callVerb(window, 'project.get')).captionsWanted).toBe(3)
    const looks = async (what: string): Promise<void> => {
      for (const theme of ['light', 'dark'] as const) {
        await callVerb(window, 'settings.set', { theme })
        await settled()
        expect(await faults(), `${what}, ${theme}`).toEqual([])
      }
    }
    await window.keyboard.press('Control+1')
    await window.getByRole('heading', { level: 1, name: 'Library' }).click()
    await window.keyboard.press('v')
    await window.getByRole('group', { name: 'Columns to order by' }).waitFor()
    await looks('list')
    await window.keyboard.press('v')
    await window.keyboard.press('Control+2')
    await window.getByRole('region', { name: 'Captions by people' }).waitFor()
    await window.keyboard.press('e')
    await window.keyboard.press('Control+a')
    await window.keyboard.type('a snowbording dog')
    await window.locator('.layer .unknown').first().waitFor()
    await window.keyboard.press('Control+.')
    await window.getByRole('option', { name: 'snowboarding' }).waitFor()
    await looks('other spellings')
    await window.keyboard.press('Escape')
    await window.keyboard.press('Escape')
    await window.keyboard.press('b')
    const box = await window.getByRole('group', { name: 'Regions' }).boundingBox()
    const at = (share: number): [number, number] => [(box?.x ?? 0) + share * (box?.width ?? 0), (box?.y ?? 0) + share * (box?.height ?? 0)]
    await window.mouse.move(...at(0.2))
    await window.mouse.down()
    await window.mouse.move(...at(0.5), { steps: 4 })
    await window.mouse.up()
    await window.getByRole('textbox', { name: 'Name of the box' }).waitFor()
    await looks('a box being named')
  })
})
