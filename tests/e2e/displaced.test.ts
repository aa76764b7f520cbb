/** A workspace whose folder goes away while the window is open: nothing is called saved, all of it can be saved elsewhere, and quitting asks. */
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openReadOnly } from '#engine/workspace/storage/database.ts'
import { callVerb, finished, startApp, type RunningApp } from '../support/app.ts'
import { drawPictures } from '../support/pictures.ts'

let running: RunningApp
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-displaced-'))
  await mkdir(join(folder, 'photos'))
  await drawPictures(join(folder, 'photos'), 3)
})
beforeEach(async () => {
  running = await startApp(join(folder, 'user'))
})
afterAll(async () => {
  await running.close().catch(() => undefined)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** A workspace in Review, its first image corrected on disk. */
async function corrected(name: string): Promise<string> {
  const { window } = running
  const place = join(folder, name)
  await callVerb(window, 'workspace.create', { folder: place, name })
  await finished(window, (await callVerb(window, 'imports.start', { kind: 'folder', folder: join(folder, 'photos'), split: 'none' })).id)
  await window.keyboard.press('Control+1')
  await window.locator('[role=option] img').first().waitFor()
  await window.keyboard.press('Control+2')
  await correct(1, 'a red circle')
  await expect.poll(async () => (await callVerb(window, 'images.get', { imageId: 1 })).captions[0]?.state).toBe('corrected')
  return place
}

async function correct(imageId: number, text: string): Promise<void> {
  const { window } = running
  await window.locator(`img[src$="/${imageId}"][alt]`).waitFor()
  await window.getByRole('textbox', { name: 'Caption', exact: true }).waitFor()
  await window.keyboard.press('Escape') // the editor may be open from the photo before
  await window.keyboard.press('e')
  await window.keyboard.type(text)
  await window.keyboard.press('Control+Enter')
}

/** Corrections in the database of a folder, as whoever opens it next finds them. */
function correctionsIn(place: string): unknown[] {
  const database = openReadOnly(place)
  try {
    return database.prepare('SELECT text FROM correction ORDER BY id').pluck().all()
  } finally {
    database.close()
  }
}

test('a correction that cannot be saved is not called saved; saving elsewhere takes it along and opens what was saved', async () => {
  const place = await corrected('lost')
  const { window } = running
  const elsewhere = join(folder, 'rescued')
  await running.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
  }, elsewhere)
  await rename(place, `${place}-moved`)
  await correct(2, 'a blue circle')
  const offer = window.getByRole('button', { name: 'Save elsewhere…' })
  await offer.first().waitFor()
  await running.screenshot('displaced-offer')
  await offer.first().click()
  await expect.poll(async () => (await callVerb(window, 'workspace.current'))?.folder).toBe(elsewhere)
  await expect.poll(async () => (await callVerb(window, 'images.get', { imageId: 2 })).captions[0]).toMatchObject({ state: 'corrected', text: 'a blue circle' })
  expect((await callVerb(window, 'images.get', { imageId: 1 })).captions[0]).toMatchObject({ state: 'corrected', text: 'a red circle' })
  await running.close()
  expect(correctionsIn(elsewhere)).toEqual(['a red circle', 'a blue circle'])
})

test('quitting with a workspace whose folder is gone asks first, and saves it elsewhere when told to', async () => {
  const place = await corrected('quit')
  const elsewhere = join(folder, 'rescued-at-quit')
  const asked = join(folder, 'asked.json')
  await running.app.evaluate(
    ({ dialog }, { filePath, file }) => {
      const { writeFileSync } = process.getBuiltinModule('fs')
      Reflect.deleteProperty(process.env, 'CAPSTAN_UNATTENDED') // nobody is asked in tests
      dialog.showMessageBox = (...question: unknown[]) => {
        writeFileSync(file, JSON.stringify(question.at(-1)))
        return Promise.resolve({ response: 0, checkboxChecked: false })
      }
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
    },
    { filePath: elsewhere, file: asked },
  )
  await rename(place, `${place}-moved`)
  await running.close()
  expect(correctionsIn(elsewhere)).toEqual(['a red circle'])
  expect(JSON.parse(await readFile(asked, 'utf8'))).toMatchObject({ detail: 'Quitting loses what is in it.', buttons: ['Save elsewhere…', 'Quit and lose it'] })
})
