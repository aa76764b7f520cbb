/** From a score to its failures to a queue, in the real window: what goes wrong, the worst first, all of it in the Library. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { writeCaptionedPhotos } from '../support/captioned-photos.ts'

describe('failures in the window', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-failures-'))
    const photos = await writeCaptionedPhotos(join(folder, 'photos'), 10, 4)
    running = await startApp(join(folder, 'user'))
    await running.window.getByRole('heading', { level: 1, name: 'Capstan' }).waitFor()
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Failures' })
    const job = await callVerb(running.window, 'imports.start', {
      kind: 'captions',
      file: photos.captions,
      imageRoot: photos.images,
      lists: { train: photos.train, dev: photos.dev },
    })
    await finished(running.window, job.id)
  }, 600_000)
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  test('before a score there is a way to one', async () => {
    await running.window.keyboard.press('Control+6')
    await running.window.getByRole('heading', { level: 1, name: 'Failures' }).waitFor()
    await running.window.getByRole('button', { name: 'Go to Evaluate' }).click()
    await running.window.getByRole('heading', { level: 1, name: 'Evaluate' }).waitFor()
  })

  test('a scored set shows its kinds of failure and the worst captions; a kind becomes a queue', async () => {
    const model = (await callVerb(running.window, 'models.list')).find(({ promoted }) => promoted)
    const modelId = model?.id ?? ''
    const { id } = await callVerb(running.window, 'scores.start', { modelId, set: 'all', beam: 1 })
    await finished(running.window, id)
    await running.window.keyboard.press('Control+6')
    const region = running.window.getByRole('region', { name: 'Worst captions' })
    await expect.poll(() => region.locator('li.image').count(), { timeout: 10_000 }).toBe(14)
    const summary = await callVerb(running.window, 'failures.summary', { modelId, set: 'all' })
    const shown = Object.entries(summary?.kinds ?? {}).filter(([, images]) => images > 0)
    expect(shown.length).toBeGreaterThan(0)
    for (const theme of ['light', 'dark'] as const) {
      await callVerb(running.window, 'settings.set', { theme })
      await running.window.waitForTimeout(700)
      await running.screenshot(`failures-${theme}`)
    }
    const scored = region.locator('li.image').filter({ has: running.window.locator('.value', { hasNotText: /0\.000$/ }) })
    const worst = Number((await scored.first().locator('.value').innerText()).trim().split(/\s+/).at(-1))
    await scored.first().getByRole('button', { name: /^Why/ }).click()
    const dialog = running.window.getByRole('dialog', { name: 'Why this score' })
    await dialog.getByText(`CIDEr ${worst.toFixed(3)}`).waitFor()
    for (const theme of ['light', 'dark'] as const) {
      await callVerb(running.window, 'settings.set', { theme })
      await running.window.waitForTimeout(700)
      await running.screenshot(`failures-why-${theme}`)
    }
    const parts = await dialog
      .getByRole('list', { name: /^Words/ })
      .locator('.part')
      .allInnerTexts()
    expect(Math.abs(parts.reduce((sum, part) => sum + Number(part), 0) - worst)).toBeLessThan(0.0005 * (parts.length + 1)) // as rounded
    await expect.poll(() => dialog.getByRole('region', { name: 'References' }).locator('tbody tr').count()).toBeGreaterThan(1)
    await running.window.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    const [, images] = shown[0]
    await running.window.getByRole('list', { name: 'Kinds of failure' }).locator('button:enabled').nth(1).click()
    await expect.poll(() => region.locator('li.image').count(), { timeout: 10_000 }).toBe(images)
    await running.window.getByRole('button', { name: 'Make it a queue' }).click()
    await running.window.getByRole('heading', { level: 1, name: 'Library' }).waitFor()
    await running.window.getByText(new RegExp(`^${images} images? of 14$`)).waitFor()
    await running.screenshot('failures-queue')
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })
})
