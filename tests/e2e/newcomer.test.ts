/** A newcomer's first minutes without a workspace of their own: the welcome page, a dropped folder, one key that corrects, guidelines, one click that fine-tunes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { look as lookAt } from '../support/look.ts'
import { dropFiles } from '../support/drop-files.ts'

describe('a newcomer', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-newcomer-'))
    await writeScenes(join(folder, 'scenes'), 12, 21)
    running = await startApp(join(folder, 'user'))
    await running.window.getByRole('heading', { level: 1, name: 'Capstan' }).waitFor()
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const press = (key: string): Promise<void> => running.window.keyboard.press(key)
  const dialog = () => running.window.getByRole('dialog')
  const button = (name: string | RegExp) => running.window.getByRole('button', { name })

  const look = (name: string): Promise<void> => lookAt(running, `newcomer-${name}`)

  test('is welcomed with ways to begin', async () => {
    await button('A folder of photos').waitFor()
    await button('A file of captions').waitFor()
    await look('welcome')
  })

  test('drops a captions file: a workspace is made, and the import is filled in', async () => {
    const captions = join(folder, 'scenes', 'captions.json')
    await dropFiles(running.window, [captions])
    await dialog().getByRole('heading', { name: 'New workspace' }).waitFor()
    expect(await dialog().getByLabel('Name').inputValue()).toBe('captions')
    await dialog().getByLabel('Folder').fill(join(folder, 'workspace'))
    await dialog().getByRole('button', { name: 'Create and go on' }).click()
    await dialog().getByRole('heading', { name: 'Import images and captions' }).waitFor()
    expect(await dialog().getByLabel('Captions file').inputValue()).toBe(captions)
    expect(await dialog().getByLabel('Image folder').inputValue()).toBe(join(folder, 'scenes', 'images'))
    await dialog().getByText('12 photos, all of them new').waitFor()
    await dialog().getByRole('button', { name: 'Import', exact: true }).click()
    await expect.poll(async () => (await callVerb(running.window, 'library.facets')).total, { timeout: 60_000 }).toBe(12)
  })

  test('one key corrects a caption', async () => {
    await press('c')
    await dialog()
      .getByRole('button', { name: /^Caption \d+ images$/ })
      .click()
    const [job] = (await callVerb(running.window, 'jobs.list')).filter(({ kind }) => kind === 'caption')
    await finished(running.window, job.id)
    await press('Control+2')
    await running.window.getByRole('textbox', { name: 'Caption', exact: true }).waitFor()
    await running.window.waitForTimeout(600) // a photo that has only just appeared would ask first
    for (let left = 6; left > 0; left -= 1) {
      const corrected = (await callVerb(running.window, 'library.facets')).states.corrected
      await press('c')
      await expect.poll(async () => (await callVerb(running.window, 'library.facets')).states.corrected, { timeout: 20_000 }).toBe(corrected + 1)
      await running.window.waitForTimeout(600)
    }
    await press('r')
    await look('review')
  })

  test('guidelines are written beside the editor, by keyboard, and are saved', async () => {
    await press('g')
    await button('Write guidelines').press('Enter')
    await press('Control+a')
    await running.window.keyboard.type('## Ours\n\n- **One** sentence.')
    await press('Control+Enter')
    await running.window.getByRole('heading', { name: 'Ours' }).waitFor()
    expect(await callVerb(running.window, 'guidelines.get')).toMatchObject({ version: 1, text: '## Ours\n\n- **One** sentence.' })
    expect((await callVerb(running.window, 'library.facets')).states.corrected).toBe(6)
    await look('guidelines')
  })

  test('one click fine-tunes on what was corrected', async () => {
    await press('Control+3')
    await running.window.getByRole('heading', { level: 1, name: 'Train' }).waitFor()
    await look('train')
    await button('Start training').click()
    await expect.poll(async () => (await callVerb(running.window, 'jobs.list')).filter(({ kind }) => kind === 'train').length, { timeout: 20_000 }).toBe(1)
    const [job] = (await callVerb(running.window, 'jobs.list')).filter(({ kind }) => kind === 'train')
    expect((await callVerb(running.window, 'snapshots.list'))[0]).toMatchObject({ corrections: 6 })
    await callVerb(running.window, 'jobs.cancel', { jobId: job.id, keep: false })
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })
})
