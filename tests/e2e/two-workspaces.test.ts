/** One window, two workspaces after each other whose images have the same ids: neither pictures nor revisions of the first reach the second. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'

let running: RunningApp
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-two-'))
  running = await startApp(join(folder, 'user'))
})
afterAll(async () => {
  await running.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A workspace of two pictures of one colour and size, shown in the Library. */
async function workspaceOf(name: string, background: string, width: number): Promise<number> {
  const photos = join(folder, `${name}-photos`)
  await mkdir(photos)
  for (const file of ['0.jpg', '1.jpg'])
    await sharp({ create: { width, height: width, channels: 3, background } })
      .jpeg()
      .toFile(join(photos, `${name}${file}`))
  await callVerb(running.window, 'workspace.create', { folder: join(folder, name), name })
  const job = await callVerb(running.window, 'imports.start', { kind: 'folder', folder: photos, split: 'none' })
  await finished(running.window, job.id)
  await running.window.keyboard.press('Control+1')
  await running.window.locator('[role=option] img').first().waitFor()
  const [imageId] = await callVerb(running.window, 'library.ids', { filter: {}, sort: {} })
  return imageId
}

/** Corrects the first image by keyboard; resolves to the width of the picture that was in view. */
async function correctFirst(imageId: number, text: string): Promise<number> {
  const { window } = running
  await window.keyboard.press('Control+2')
  const picture = window.locator(`img[src^="capstan-image://image/"][src$="/${imageId}"]`)
  await picture.waitFor()
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true)
  const width = await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)
  await window.keyboard.press('e')
  await window.keyboard.type(text)
  await window.keyboard.press('Control+Enter')
  await expect
    .poll(async () => (await callVerb(window, 'images.get', { imageId })).captions[0], { timeout: 10_000 })
    .toMatchObject({ state: 'corrected', text })
  return width
}

test('pictures and corrections are those of the workspace that is open', async () => {
  const red = await workspaceOf('a', 'red', 600)
  expect(await correctFirst(red, 'a red square')).toBe(600)
  const blue = await workspaceOf('b', 'blue', 300)
  expect(blue).toBe(red)
  expect(await correctFirst(blue, 'a blue square')).toBe(300)
  // A folder without a workspace, or one that has one already, leaves the open one open.
  await expect(callVerb(running.window, 'workspace.open', { folder: join(folder, 'a-photos') })).rejects.toMatchObject({ code: 'not-found' })
  await expect(callVerb(running.window, 'workspace.create', { folder: join(folder, 'a'), name: 'again' })).rejects.toMatchObject({ code: 'conflict' })
  expect((await callVerb(running.window, 'workspace.current'))?.name).toBe('b')
  await callVerb(running.window, 'workspace.open', { folder: join(folder, 'a') })
  await running.window.keyboard.press('Control+1')
  await running.window.locator('[role=option] img').first().waitFor()
  const [again] = await callVerb(running.window, 'library.ids', { filter: {}, sort: {} })
  expect((await callVerb(running.window, 'images.get', { imageId: again })).captions[0].text).toBe('a red square')
})

test('a workspace that does not open leaves the former one open', async () => {
  const damaged = join(folder, 'damaged')
  await mkdir(damaged)
  await writeFile(join(damaged, 'workspace.db'), 'not a database, though long enough to look like one')
  const before = await callVerb(running.window, 'workspace.current')
  expect(before).not.toBeNull()
  const kept = `It was not changed. The workspace “${before?.name}” is open again.`
  await expect(callVerb(running.window, 'workspace.open', { folder: damaged })).rejects.toMatchObject({ code: 'corrupt', kept })
  expect(await callVerb(running.window, 'workspace.current')).toMatchObject({ folder: before?.folder, images: 2 })
  await running.window.locator('[role=option] img').first().waitFor()
})
