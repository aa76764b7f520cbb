/** From a score to its map to a slice, in the real window: computed, drawn, walked by keys, taken with the lasso. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { writeCaptionedPhotos } from '../support/captioned-photos.ts'

const images = 24

describe('the map of Failures', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-map-'))
    const photos = await writeCaptionedPhotos(join(folder, 'photos'), images - 8, 8)
    // WebGL without a graphics card, which tests have not.
    running = await startApp(join(folder, 'user'), ['--enable-unsafe-swiftshader'])
    await running.window.getByRole('heading', { level: 1, name: 'Capstan' }).waitFor()
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Map' })
    const job = await callVerb(running.window, 'imports.start', {
      kind: 'captions',
      file: photos.captions,
      imageRoot: photos.images,
      lists: { train: photos.train, dev: photos.dev },
    })
    await finished(running.window, job.id)
    const model = (await callVerb(running.window, 'models.list')).find(({ promoted }) => promoted)
    const score = await callVerb(running.window, 'scores.start', { modelId: model?.id ?? '', set: 'all', beam: 1 })
    await finished(running.window, score.id)
  }, 600_000)
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const resize = (width: number, height: number): Promise<void> =>
    running.app.evaluate(({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0].setContentSize(size.width, size.height), { width, height })
  const card = () => running.window.getByRole('region', { name: 'Map', exact: true })
  const canvas = () => card().getByRole('application')
  const left = async (): Promise<number> =>
    Number((await running.window.getByRole('region', { name: 'What is left' }).getByRole('status').locator('strong').innerText()).replaceAll(',', ''))

  /** Different colours that the map shows. */
  async function coloursShown(): Promise<number> {
    const { data, info } = await sharp(await canvas().screenshot())
      .raw()
      .toBuffer({ resolveWithObject: true })
    const colours = new Set<number>()
    for (let at = 0; at < data.length; at += info.channels) colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2])
    return colours.size
  }

  test('is computed in a job and drawn, and its colours say what they mean', async () => {
    const { window } = running
    await window.keyboard.press('Control+6')
    await card().getByRole('button', { name: /^Map/ }).click()
    await card()
      .getByRole('button', { name: `Map ${images} images` })
      .click()
    await canvas().waitFor()
    await expect.poll(() => canvas().locator('canvas').getAttribute('data-drawn-by')).toBe('webgl')
    await expect.poll(coloursShown).toBeGreaterThan(20)
    const legend = await card().getByRole('list', { name: 'Colours: Score' }).getByRole('listitem').locator('.numeric').allInnerTexts()
    expect(legend.reduce((sum, text) => sum + Number(text), 0)).toBe(images)
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const) {
      await resize(width, height)
      for (const theme of ['light', 'dark'] as const) {
        await callVerb(window, 'settings.set', { theme })
        await card().scrollIntoViewIfNeeded()
        await window.waitForTimeout(700)
        await running.screenshot(`map-${theme}-${width}`)
      }
    }
    await resize(1280, 800)
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })

  test('is walked by keys: photos with their score and those most alike, nearer and farther, and into Review', async () => {
    const { window } = running
    await canvas().focus()
    await window.keyboard.press('Shift+ArrowRight')
    const alike = card().getByRole('list', { name: 'Most alike' }).getByRole('listitem')
    await expect.poll(() => alike.count()).toBe(8)
    expect(await card().locator('.first .caption').innerText()).not.toBe('')
    await running.screenshot('map-focused')
    for (const key of ['+', '+', 'ArrowLeft', '-', '0']) await window.keyboard.press(key)
    await window.keyboard.press('Enter')
    await window.getByRole('region', { name: 'Review' }).waitFor()
    await window.keyboard.press('Control+6')
  })

  test('photos are mapped as an encoder sees them, differences by their words, and points are coloured by kinds of failure', async () => {
    for (const basis of ['Differences', 'Photos']) {
      await card().getByRole('radio', { name: basis }).click()
      await card()
        .getByRole('button', { name: `Map ${images} images` })
        .click()
      await canvas().waitFor({ timeout: 120_000 })
      await card().getByLabel('Colour by').selectOption({ label: 'Kind of failure' })
      await card().getByRole('list', { name: 'Colours: Kind of failure' }).waitFor()
      await running.screenshot(`map-${basis.toLowerCase()}`)
    }
    await card().getByRole('radio', { name: 'Captions' }).click()
    await canvas().waitFor()
  })

  test('what the lasso takes is a list, a filter of all that the page shows, and a slice that is kept', async () => {
    const { window } = running
    await canvas().scrollIntoViewIfNeeded()
    await card().getByRole('radio', { name: 'Lasso' }).click()
    const box = (await canvas().boundingBox())!
    // Around the left half.
    const corners = [
      [0.01, 0.01],
      [0.5, 0.01],
      [0.5, 0.99],
      [0.01, 0.99],
      [0.01, 0.02],
    ] as const
    const at = ([x, y]: readonly [number, number]): [number, number] => [box.x + x * box.width, box.y + y * box.height]
    await window.mouse.move(...at(corners[0]))
    await window.mouse.down()
    for (const corner of corners.slice(1)) await window.mouse.move(...at(corner), { steps: 8 })
    await running.screenshot('map-lasso')
    await window.mouse.up()
    await expect.poll(left).toBeLessThan(images)
    const taken = await left()
    expect(taken).toBeGreaterThan(0)
    const lists = await callVerb(window, 'lists.list')
    expect(lists.map((list) => list.images)).toEqual([taken])
    await expect.poll(() => canvas().getAttribute('aria-label')).toBe(`Map of ${images} captions, ${taken} left by the filters`)
    await running.screenshot('map-taken')
    const slices = window.getByRole('region', { name: 'Slices' })
    await slices.getByRole('textbox').fill('Left half')
    await slices.getByRole('button', { name: 'Keep', exact: true }).click()
    await slices.getByRole('region', { name: 'History over models' }).getByText(`${taken} of ${images} images`).waitFor()
    // Another one takes the place of the last, by keys.
    await canvas().focus()
    await window.keyboard.press('Shift+ArrowRight')
    await card().getByRole('spinbutton').fill('5')
    await card().getByRole('button', { name: 'Slice them', exact: true }).click()
    await expect.poll(left).toBe(5)
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })

  test('is there at once the next time', async () => {
    const { window } = running
    const fold = card().getByRole('button', { name: /^Map/ })
    await fold.click()
    await canvas().waitFor({ state: 'detached' })
    await fold.click()
    await canvas().waitFor()
    await expect.poll(coloursShown).toBeGreaterThan(20)
    expect((await callVerb(window, 'jobs.list')).filter(({ kind }) => kind === 'map')).toHaveLength(3)
  })
})
