/** A folder that was imported by mistake: the window tells which of its files were left out, and its images can be taken out again. */
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
  folder = await mkdtemp(join(tmpdir(), 'capstan-wrong-'))
  running = await startApp(join(folder, 'user'))
})
afterAll(async () => {
  await running.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

async function importPhotos(name: string, names: readonly string[]): Promise<void> {
  const photos = join(folder, name)
  await mkdir(photos)
  for (const file of names)
    await sharp({ create: { width: 60 + file.length, height: 40, channels: 3, background: 'teal' } })
      .jpeg()
      .toFile(join(photos, file))
  await writeFile(join(photos, 'broken.jpg'), 'no picture')
  const job = await callVerb(running.window, 'imports.start', { kind: 'folder', folder: photos, split: 'none' })
  await finished(running.window, job.id)
}

test('what an import left out is told with its reason, and what it brought can be removed', async () => {
  const { window } = running
  await callVerb(window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Mistaken' })
  await importPhotos('wrong', ['one.jpg', 'other.jpg', 'another.jpg'])

  await window.getByRole('link', { name: 'Jobs' }).click()
  const summary = window.getByText('1 failure: what was left out, and why')
  await summary.focus()
  await window.keyboard.press('Enter')
  await window.getByText(join(folder, 'wrong', 'broken.jpg'), { exact: true }).waitFor()
  await window.getByText(/not an image that can be read/).waitFor()
  await running.screenshot('job-failures')

  // One of the three is worked on: it stays.
  await callVerb(window, 'review.saveDraft', { imageId: 2, slot: 0, expectedRevision: 0, candidateId: null, text: 'half a' })
  await window.keyboard.press('Control+1')
  await window.getByRole('listbox', { name: 'Images' }).getByRole('option').first().click()
  await window.keyboard.press('Control+a')
  await window.keyboard.press('Delete')
  const dialog = window.getByRole('dialog')
  await dialog.getByText('Remove 3 images from the workspace?').waitFor()
  await running.screenshot('remove-images')
  await dialog.getByRole('button', { name: 'Remove 3 images' }).click()
  await window.getByText(/2 images removed from the workspace · 1 image stayed/).waitFor()
  await expect.poll(() => callVerb(window, 'library.ids', { filter: {}, sort: {} })).toEqual([2])
  await expect.poll(() => window.getByRole('listbox', { name: 'Images' }).getByRole('option').count()).toBe(1)
})
