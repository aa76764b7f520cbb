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

  const resize = (width: number, height: number): Promise<void> =>
    running.app.evaluate(({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0].setContentSize(size.width, size.height), { width, height })

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
    const bars = running.window.getByRole('group', { name: /^Length, / }).getByRole('button')
    expect(await bars.count()).toBeGreaterThan(1)
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ] as const) {
      await resize(width, height)
      for (const theme of ['light', 'dark'] as const) {
        await callVerb(running.window, 'settings.set', { theme })
        await running.window.waitForTimeout(700)
        await running.screenshot(`failures-${theme}-${width}`)
      }
    }
    await resize(1280, 800)
    const scored = region.locator('li.image').filter({ has: running.window.locator('.value', { hasNotText: /0\.000$/ }) })
    const worst = Number((await scored.first().locator('.value').innerText()).trim().split(/\s+/).at(-1))
    await scored.first().getByRole('button', { name: /^Why/ }).click()
    const dialog = running.window.getByRole('dialog', { name: 'Why this score' })
    await dialog.getByText(`CIDEr ${worst.toFixed(3)}`).waitFor()
    const near = dialog.getByRole('region', { name: 'Nearest in training' }).getByRole('listitem')
    await expect.poll(() => near.count()).toBeGreaterThan(1)
    expect(await near.first().innerText()).toMatch(/\d+\.\d % of the words in common/)
    const meteor = dialog.getByRole('region', { name: 'METEOR' })
    await meteor.getByText('the best of the references').waitFor({ timeout: 60_000 })
    expect(await meteor.locator('tbody').count()).toBe(Number(/in (\d+) chunks?/.exec(await meteor.innerText())?.[1]))
    for (const theme of ['light', 'dark'] as const) {
      await callVerb(running.window, 'settings.set', { theme })
      await running.window.waitForTimeout(700)
      await running.screenshot(`failures-why-${theme}`)
    }
    await meteor.scrollIntoViewIfNeeded()
    await meteor.locator('.muted').last().scrollIntoViewIfNeeded()
    await running.screenshot('failures-why-meteor')
    const parts = await dialog
      .getByRole('list', { name: /^Words/ })
      .locator('.part')
      .allInnerTexts()
    expect(Math.abs(parts.reduce((sum, part) => sum + Number(part), 0) - worst)).toBeLessThan(0.0005 * (parts.length + 1)) // as rounded
    await expect.poll(() => dialog.getByRole('region', { name: 'References' }).locator('tbody tr').count()).toBeGreaterThan(1)
    await running.window.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })

  test('bars, words and kinds filter together, by keys too; what is left is told against the rest, listed, and becomes a queue', async () => {
    const { window } = running
    const left = window.getByRole('region', { name: 'What is left' })
    const region = window.getByRole('region', { name: 'Worst captions' })
    const size = async (): Promise<number> => Number((await left.getByRole('status').locator('strong').innerText()).replaceAll(',', ''))
    const bars = window.getByRole('group', { name: /^Length, / }).getByRole('button')
    const told = async (): Promise<{ text: string; images: number }[]> =>
      (await bars.allInnerTexts()).map((text) => ({ text, images: Number(/(\d+)(?: of \d+)? images?/.exec(text)?.[1] ?? 0) }))
    const whole = await told()
    expect(whole.reduce((sum, { images }) => sum + images, 0)).toBe(14)
    const fullest = whole.reduce((best, bar, index) => (bar.images > whole[best].images ? index : best), 0)
    // Along the bars with the arrow keys, as with a mouse.
    await bars.first().focus()
    for (let step = 0; step < fullest; step += 1) await window.keyboard.press('ArrowRight')
    await window.keyboard.press('Enter')
    await expect.poll(size).toBe(whole[fullest].images)
    await expect.poll(() => region.locator('li.image').count()).toBe(whole[fullest].images)
    expect(await bars.nth(fullest).getAttribute('aria-pressed')).toBe('true')
    const word = window.getByRole('region', { name: 'Words said' }).locator('button.name').first()
    const said = await word.innerText()
    const having = Number(await window.getByRole('region', { name: 'Words said' }).locator('tbody tr').first().locator('.number').first().innerText())
    await word.click()
    await expect.poll(size).toBe(having)
    for (const caption of await region.locator('.caption').allInnerTexts()) expect(caption.toLowerCase()).toContain(said)
    expect(await left.getByRole('list', { name: 'Filters' }).locator('.chip').count()).toBe(2)
    await running.screenshot('failures-filtered')
    await left.getByRole('button', { name: 'Make it a queue' }).click()
    await window.getByRole('heading', { level: 1, name: 'Library' }).waitFor()
    await window.getByText(new RegExp(`^${having} images? of 14$`)).waitFor()
    await running.screenshot('failures-queue')
    await window.keyboard.press('Control+6')
    await window.getByRole('heading', { level: 1, name: 'Failures' }).waitFor()
    const kind = window.getByRole('list', { name: 'Kinds of failure' }).locator('button:enabled').first()
    const shown = Number((await kind.locator('.amount').innerText()).split(/\s/)[0])
    await kind.click()
    await expect.poll(size).toBe(shown)
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })
})
