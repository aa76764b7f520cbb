/** A photo replaced under its name while the app is open: seen when it is looked at again, and back in Review as changed. */
import { mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callVerb, finished, startApp, type RunningApp } from '../support/app.ts'
import { drawPicture } from '../support/pictures.ts'

let running: RunningApp
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-replaced-'))
  running = await startApp(join(folder, 'user'))
})
afterAll(async () => {
  await running.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

test('a replaced photo is shown anew with a badge and a sentence, is found by the filter, and one key says that it is the same picture', async () => {
  const { window } = running
  const photos = join(folder, 'photos')
  const photo = join(photos, '0.jpg')
  await mkdir(photos)
  for (const seed of [0, 1]) await writeFile(join(photos, `${seed}.jpg`), await drawPicture(seed))
  await callVerb(window, 'workspace.create', { folder: join(folder, 'work'), name: 'Work' })
  await finished(window, (await callVerb(window, 'imports.start', { kind: 'folder', folder: photos, split: 'none' })).id)
  const [imageId] = await callVerb(window, 'library.ids', { filter: {}, sort: {} })
  await window.keyboard.press('Control+1')
  await window.locator('[role=option] img').first().waitFor()
  await window.keyboard.press('Control+2')
  const picture = window.locator(`img[src*="/${imageId}"][alt*="0.jpg"]`)
  const width = (): Promise<number> => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)
  await expect.poll(width).toBe(320)
  await window.keyboard.press('e')
  await window.keyboard.type('a circle')
  await window.keyboard.press('Control+Enter')
  await expect.poll(async () => (await callVerb(window, 'images.get', { imageId })).captions[0].state).toBe('corrected')

  const { atime, mtime } = await stat(photo)
  await writeFile(photo, await drawPicture(9, 200, 100))
  await utimes(photo, atime, new Date(mtime.getTime() - 3_600_000))
  // Away and back again, by the keys.
  await window.keyboard.press('Escape')
  await window.keyboard.press('j')
  await window.keyboard.press('k')
  const note = window.getByRole('region', { name: 'Changed photo' })
  await note.waitFor()
  expect(await note.textContent()).toContain('corrected, a circle')
  await expect.poll(width).toBe(200)
  await running.screenshot('replaced-review')
  expect(await callVerb(window, 'images.get', { imageId })).toMatchObject({ captions: [{ state: 'pending' }], corrections: [{ ofEarlierPhoto: true }] })

  await window.keyboard.press('Control+1')
  const filter = window.getByRole('group', { name: 'Photos' }).getByRole('checkbox')
  await filter.check()
  await expect.poll(() => window.locator('[role=option]').count()).toBe(1)
  await window.locator('[role=option]', { hasText: 'Changed' }).waitFor()
  await running.screenshot('replaced-library')
  await window.keyboard.press('Control+2')
  await note.waitFor()
  await window.keyboard.press('y')
  await expect
    .poll(async () => await callVerb(window, 'images.get', { imageId }))
    .toMatchObject({ captions: [{ state: 'corrected', text: 'a circle' }], earlier: null })
  await note.waitFor({ state: 'detached' })
  expect(await callVerb(window, 'library.facets', { filter: {} })).toMatchObject({ changed: 0, states: { corrected: 1 } })
})
