/** Encoders, search by what is in photos and the feature caches, in the real window. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { writeCaptionedPhotos } from '../support/captioned-photos.ts'
import { bytesOf, pooledOnlyModel } from '../support/small-onnx.ts'

describe('encoders in the window', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-encoders-'))
    running = await startApp(join(folder, 'user'))
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Encoders' })
    const photos = await writeCaptionedPhotos(join(folder, 'photos'), 8, 2)
    const job = await callVerb(running.window, 'imports.start', { kind: 'captions', file: photos.captions, imageRoot: photos.images, lists: {} })
    await finished(running.window, job.id)
    await mkdir(join(folder, 'brought'))
    await writeFile(join(folder, 'brought', 'small.onnx'), bytesOf(pooledOnlyModel()))
    await writeFile(join(folder, 'brought', 'notes.onnx'), 'no model at all')
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  test('an encoder is listed, checked, refused, added and removed', async () => {
    const { window } = running
    await window.keyboard.press('Control+4')
    await window.getByRole('tab', { name: 'Encoders' }).click()
    const embedded = window.getByRole('article', { name: 'OpenImages SSD-MobileNetV2' })
    await embedded.getByText('Apache-2.0').waitFor()
    await embedded.getByRole('button', { name: /^Check/ }).click()
    await embedded.getByText(/images a second/).waitFor()

    await window.getByRole('button', { name: 'Add an encoder…' }).click()
    const dialog = window.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'File' }).click()
    const path = dialog.getByLabel('Where it is')
    await path.fill(join(folder, 'brought', 'notes.onnx'))
    await path.press('Tab')
    await dialog.getByRole('button', { name: 'Add it' }).click()
    await dialog
      .getByRole('alert')
      .getByText(/not a readable ONNX model/)
      .waitFor()
    await running.screenshot('encoder-refused')

    await path.fill(join(folder, 'brought', 'small.onnx'))
    await path.press('Tab')
    await dialog.getByLabel('Licence').fill('MIT')
    await dialog.getByLabel('Colours').selectOption('half')
    await dialog.getByRole('button', { name: 'Add it' }).click()
    await dialog.waitFor({ state: 'detached' })
    const added = window.getByRole('article', { name: 'small' })
    await added.getByText('4×4 cells of 24').waitFor()
    await running.screenshot('encoders')
    await callVerb(window, 'settings.set', { theme: 'dark' })
    await window.waitForTimeout(300)
    await running.screenshot('encoders-dark')
    await callVerb(window, 'settings.set', { theme: 'light' })

    await added.getByRole('button', { name: 'Remove small' }).click()
    await window.getByRole('dialog').getByText('No model of this workspace reads it').waitFor()
    await window.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
    await added.waitFor({ state: 'detached' })
    expect((await readFile(join(folder, 'brought', 'small.onnx'))).length).toBeGreaterThan(0)
    const { encoders } = await callVerb(window, 'encoders.list')
    expect(encoders.map(({ id }) => id)).toEqual(['coco-ssd', 'openimages-ssd'])
  })

  test('photos like the selected one are found once embeddings are there, and their cache is shown and deleted', async () => {
    const { window } = running
    await window.keyboard.press('Control+1')
    await window.getByRole('listbox', { name: 'Images' }).getByRole('option').first().click()
    await window.keyboard.press('m')
    const dialog = window.getByRole('dialog')
    await dialog.getByRole('radio', { name: 'Text' }).click()
    await dialog.getByText(/has no text tower/).waitFor()
    await dialog.getByRole('radio', { name: 'Likeness' }).click()
    await dialog.getByRole('button', { name: 'Find', exact: true }).click()
    await dialog
      .getByRole('alert')
      .getByText(/has an embedding/)
      .waitFor()
    await running.screenshot('find-without-embeddings')
    await dialog.getByRole('button', { name: 'Compute the embeddings' }).click()
    const job = (await callVerb(window, 'jobs.list')).find(({ kind }) => kind === 'embed')
    await finished(window, job?.id ?? 0)

    await window.keyboard.press('m')
    await dialog.getByRole('button', { name: 'Find', exact: true }).click()
    await dialog.waitFor({ state: 'detached' })
    await window.getByText(/^Like /).waitFor()
    await running.screenshot('found-photos')
    await window.getByRole('button', { name: 'Show all photos' }).click()
    await window.getByText(/^Like /).waitFor({ state: 'detached' })

    await window.getByRole('link', { name: 'Settings' }).click()
    const card = window.getByRole('region', { name: 'Cached features' })
    await card.getByText('embeddings for search').waitFor()
    await running.screenshot('feature-caches')
    await card.getByRole('button', { name: /^Delete the features of coco-ssd, embeddings/ }).click()
    await card.getByText('Nothing is cached yet').waitFor()
  })

  test('regions are drawn over a photo in Review, kept, and deleted', async () => {
    const { window } = running
    const [imageId] = await callVerb(window, 'library.ids', { filter: {}, sort: {} })
    await window.keyboard.press('Control+1')
    await window.getByRole('listbox', { name: 'Images' }).getByRole('option').first().click()
    await window.keyboard.press('Enter')
    const layer = window.getByRole('group', { name: 'Regions' })
    await layer.waitFor({ state: 'attached' })
    await window.waitForTimeout(500)
    await window.keyboard.press('b')
    await window.getByLabel('Name of new boxes').fill('dog b')
    const box = await layer.boundingBox()
    const at = (x: number, y: number): [number, number] => [(box?.x ?? 0) + x * (box?.width ?? 0), (box?.y ?? 0) + y * (box?.height ?? 0)]
    await window.mouse.move(...at(0.25, 0.25))
    await window.mouse.down()
    await window.mouse.move(...at(0.5, 0.6))
    await window.mouse.move(...at(0.75, 0.5))
    await window.mouse.up()
    const remove = layer.getByRole('button', { name: 'Delete the region dog b' })
    await remove.waitFor()
    const [region] = await callVerb(window, 'regions.list', { imageId })
    expect(region).toMatchObject({ imageId, label: 'dog b', score: null })
    for (const [found, drawn] of [
      [region.left, 0.25],
      [region.top, 0.25],
      [region.width, 0.5],
      [region.height, 0.25],
    ])
      expect(Math.abs(found - drawn)).toBeLessThan(0.02)
    await running.screenshot('regions')
    await remove.click()
    await remove.waitFor({ state: 'detached' })
    expect(await callVerb(window, 'regions.list', { imageId })).toEqual([])
  })
})
