/** An annotator's day over the sample, in the real window: what it says is what the database holds. One test for each promise. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { callVerb, finished, startApp, type RunningApp } from '../support/app.ts'

/** Waits until it is so; the machine may be busy. */
const eventually = <Value>(what: () => Value) => expect.poll(what, { timeout: 10_000 })

const rowSchema = z.object({ state: z.string(), text: z.string().nullable(), error_types: z.string(), rating: z.number().nullable() })

describe('an annotator’s day', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-day-'))
    running = await startApp(join(folder, 'user'))
    await resize()
    await callVerb(running.window, 'settings.set', { author: 'Ada', theme: 'light' })
    await callVerb(running.window, 'workspace.openSample', { fresh: false })
    await running.window.locator('[role=option] img').first().waitFor()
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const press = (key: string): Promise<void> => running.window.keyboard.press(key)
  const type = (text: string): Promise<void> => running.window.keyboard.type(text, { delay: 20 })
  const resize = (): Promise<void> => running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].setContentSize(1280, 800))
  const editor = () => running.window.locator('.side textarea')
  const saved = () => running.window.locator('.save')
  const states = async () => (await callVerb(running.window, 'library.facets')).states
  const inFront = async (): Promise<number> =>
    Number((await running.window.locator('.stage img.image').getAttribute('src', { timeout: 10_000 }))?.split('/').at(-1))

  /** Waits until the picture of an image has been on screen for longer than a blink; with no image told, of the one in front. */
  async function seen(imageId?: number): Promise<number> {
    if (imageId !== undefined) await eventually(inFront).toBe(imageId)
    await editor().waitFor()
    const picture = running.window.locator('.stage img.image')
    await eventually(() => picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true)
    await running.window.waitForTimeout(400)
    return inFront()
  }

  /** A photo that nobody decided, in front in Review. */
  async function openPending(): Promise<number> {
    await press('Control+2')
    await editor().waitFor()
    await press('Escape')
    await press('n')
    return seen()
  }

  async function rowOf(imageId: number): Promise<z.infer<typeof rowSchema>> {
    const opened = await callVerb(running.window, 'workspace.current')
    const database = new Database(join(opened?.folder ?? '', 'workspace.db'), { readonly: true })
    try {
      const row = database.prepare('SELECT state, text, error_types, rating FROM review WHERE image_id = ? AND slot = 0').get(imageId)
      return rowSchema.parse(row ?? { state: 'pending', text: null, error_types: '[]', rating: null })
    } finally {
      database.close()
    }
  }

  test('1: marks of a decided photo are on disk before they are called saved, and A keeps the error types', async () => {
    const first = await openPending()
    await press('Alt+2')
    await press('a')
    await eventually(() => rowOf(first)).toMatchObject({ state: 'accepted', error_types: '["attribute"]' })
    await seen()
    await press('k')
    await seen(first)
    await press('Shift+4')
    await press('Alt+1')
    await eventually(() => saved().textContent()).toBe('Saved')
    expect(await rowOf(first)).toMatchObject({ state: 'accepted', rating: 4, error_types: '["attribute","object"]' })
    await press('j')
    await seen()
    await press('k')
    await seen(first)
    expect(await saved().textContent()).toBe('Saved')
    expect(await rowOf(first)).toMatchObject({ rating: 4 })
  })

  test('2: words typed under a skip or a reject are kept beside it, also over a restart', async () => {
    for (const [key, state] of [
      ['s', 'skipped'],
      ['x', 'rejected'],
    ]) {
      const imageId = await openPending()
      await press('e')
      await press('Control+a')
      await type(`words that were ${state}`)
      await press('Escape')
      await press(key)
      await eventually(() => rowOf(imageId)).toMatchObject({ state, text: `words that were ${state}` })
      await press('k')
      await seen(imageId)
      expect(await editor().inputValue()).toBe(`words that were ${state}`)
      expect(await saved().textContent()).toBe('Saved')
    }
    const imageId = await inFront()
    const { folder: sample = '' } = (await callVerb(running.window, 'workspace.current')) ?? {}
    // 8: filter and order come back as well.
    const rejected = () => running.window.getByRole('complementary', { name: 'Filter' }).getByLabel('Rejected')
    const order = () => running.window.getByLabel('Order by', { exact: true })
    await press('Control+1')
    await rejected().check()
    await order().selectOption({ label: 'File name' })
    await press('Control+2')
    await seen(imageId)
    await running.window.waitForTimeout(800) // the place is written down
    await running.close()
    running = await startApp(join(folder, 'user'))
    await resize()
    await callVerb(running.window, 'workspace.open', { folder: sample })
    await running.window.locator('[role=option] img').first().waitFor()
    expect(await rejected().isChecked()).toBe(true)
    expect(await order().inputValue()).toBe('name')
    await press('Control+2')
    await seen(imageId) // the last photo comes back
    expect(await editor().inputValue()).toBe('words that were rejected')
    await press('o')
    await eventually(() => rowOf(imageId)).toMatchObject({ state: 'draft', text: 'words that were rejected' })
    await press('Control+1')
    await rejected().uncheck()
    await order().selectOption({ label: 'As imported' })
  })

  test('3: typing on after Ctrl+Enter goes into the next photo’s editor, a burst of keys decides nothing, and a photo that has only just appeared asks', async () => {
    const onlyPending = running.window.getByRole('complementary', { name: 'Filter' }).getByLabel('Pending')
    await press('Control+1')
    await onlyPending.check()
    await eventually(async () => running.window.locator('.view-head [role=status]').first().textContent()).toContain(`${(await states()).pending} images`)
    const first = await openPending()
    await press('e')
    await press('Control+a')
    await type('a corrected photo')
    await press('Control+Enter')
    await eventually(() => rowOf(first)).toMatchObject({ state: 'corrected', text: 'a corrected photo' })
    const before = await states()
    const second = await seen()
    await type(' accsxo')
    expect(await editor().inputValue()).toMatch(/ accsxo$/)
    await eventually(async () => (await rowOf(second)).state).toBe('draft')
    await press('Escape')
    await press('u')
    await eventually(async () => (await rowOf(second)).state).toBe('pending') // 9: no draft is left where nothing changed

    await callVerb(running.window, 'settings.set', { keepEditing: false })
    await press('e')
    await press('Control+a')
    await type('another one')
    await press('Control+Enter')
    await type('accsxo')
    await running.window.waitForTimeout(500)
    expect(await states()).toEqual({ ...before, corrected: before.corrected + 1, pending: before.pending - 1 })
    await callVerb(running.window, 'settings.set', { keepEditing: true })

    await seen()
    await press('n')
    const hasty = await inFront()
    await press('a')
    await running.window.getByText('has only just appeared').waitFor()
    expect((await rowOf(hasty)).state).toBe('pending')
    await running.window.waitForTimeout(300)
    await press('a')
    await eventually(async () => (await rowOf(hasty)).state).toBe('accepted')
    await press('Control+1')
    await onlyPending.uncheck()
  })

  test('4: the search’s Esc takes the filter back, Clear is offered for it, and signs are looked for as they are', async () => {
    await press('Control+1')
    await press('/')
    const box = running.window.getByRole('searchbox')
    const shown = running.window.locator('.view-head [role=status]').first()
    await type('zzzz')
    await eventually(() => shown.textContent()).toMatch(/^0 images/)
    await running.window
      .getByRole('complementary', { name: 'Filter' })
      .getByRole('button', { name: /^Clear/ })
      .waitFor()
    await press('Escape')
    expect(await box.inputValue()).toBe('')
    await eventually(() => shown.textContent()).toBe('200 images')
    await type('%')
    await eventually(() => shown.textContent()).toMatch(/^0 images/)
    await running.window
      .getByRole('complementary', { name: 'Filter' })
      .getByRole('button', { name: /^Clear/ })
      .click()
    await eventually(() => shown.textContent()).toBe('200 images')
  })

  test('5: Review walks the Library’s list however it is entered, and counts follow each decision and respect the search', async () => {
    const { window } = running
    const filter = window.getByRole('complementary', { name: 'Filter' })
    const amount = (state: string) => filter.locator('label', { hasText: state }).locator('.amount').first()
    await press('Control+1')
    await filter.getByLabel('Pending').check()
    const pending = (await states()).pending
    await eventually(() => amount('Pending').textContent()).toBe(String(pending))
    await press('Control+2')
    await eventually(() => window.locator('.progress').textContent()).toContain(`of ${pending}, ${pending} left`)
    await seen()
    await press('a')
    await eventually(() => window.locator('.progress').textContent()).toContain(`${pending - 1} left`)
    await press('Control+1')
    await eventually(() => amount('Pending').textContent()).toBe(String(pending - 1))
    await eventually(() => window.locator('.view-head [role=status]').first().textContent()).toContain(`${pending - 1} images`)
    await press('Control+2')
    await eventually(() => window.locator('.progress').textContent()).toContain(`of ${pending - 1}, ${pending - 1} left`)
    await press('Control+1')
    await press('/')
    await type('00001')
    await eventually(() => amount('Train').textContent()).toMatch(/^[01]$/)
    await filter.getByRole('button', { name: /^Clear/ }).click()
    await eventually(() => amount('Train').textContent()).toBe('150')
  })

  test('6: boxes are named when drawn, moved, resized, renamed, and undone without touching a review', async () => {
    const { window } = running
    const decided = await openPending()
    await press('a')
    await eventually(async () => (await rowOf(decided)).state).toBe('accepted')
    const imageId = await seen()
    const before = (await rowOf(imageId)).state
    await press('b')
    const layer = window.getByRole('group', { name: 'Regions' })
    const box = await layer.boundingBox()
    const at = (x: number, y: number): [number, number] => [(box?.x ?? 0) + x * (box?.width ?? 0), (box?.y ?? 0) + y * (box?.height ?? 0)]
    await window.mouse.move(...at(0.2, 0.2))
    await window.mouse.down()
    await window.mouse.move(...at(0.4, 0.4), { steps: 4 })
    await window.mouse.up()
    await window.getByRole('textbox', { name: 'Name of the box' }).waitFor()
    await type('a sad ox')
    await press('Enter')
    const regions = () => callVerb(window, 'regions.list', { imageId })
    await eventually(async () => (await regions()).map(({ label }) => label)).toEqual(['a sad ox'])
    expect((await rowOf(imageId)).state).toBe(before)
    const region = layer.getByRole('group')
    await region.focus()
    await press('ArrowRight')
    await eventually(async () => (await regions())[0].left).toBeCloseTo(0.21, 1)
    await press('Shift+ArrowDown')
    await window.mouse.move(...at(0.3, 0.3))
    await window.mouse.down()
    await window.mouse.move(...at(0.5, 0.3), { steps: 4 })
    await window.mouse.up()
    await eventually(async () => (await regions())[0].left).toBeGreaterThan(0.35)
    await region.focus()
    await press('F2')
    await press('Control+a')
    await type('a happy ox')
    await press('Enter')
    await eventually(async () => (await regions())[0].label).toBe('a happy ox')
    await running.screenshot('day-6-box')
    await press('b')
    for (let left = 6; left > 0 && (await regions()).length > 0; left -= 1) {
      await press('Control+z')
      await window.waitForTimeout(400)
    }
    expect(await regions()).toEqual([])
    expect((await rowOf(decided)).state).toBe('accepted')
    await press('Control+z')
    await eventually(async () => (await rowOf(decided)).state).toBe('pending')
  })

  test('7: a decision about many leaves decided photos out, and says how many are in which state', async () => {
    const { window } = running
    await press('Control+1')
    const before = await states()
    await window.getByRole('listbox', { name: 'Images' }).focus()
    await press('Control+a')
    await press('x')
    const dialog = window.getByRole('dialog')
    await dialog.getByRole('heading', { name: `Reject ${before.pending + before.draft} images of 200 selected?` }).waitFor()
    expect(await dialog.getByLabel('Corrected').isChecked()).toBe(false)
    await running.screenshot('day-7-bulk')
    await dialog.getByRole('button', { name: /^Reject \d+ images$/ }).click()
    await eventually(states).toMatchObject({ ...before, pending: 0, draft: 0, rejected: before.rejected + before.pending + before.draft })
    await window.getByRole('contentinfo', { name: 'Status' }).getByRole('button', { name: 'Undo', exact: true }).click()
    await eventually(states).toEqual(before)
    await press('Escape')
  })

  test('8: badges say what they show; a zoom goes with its photo; Reopen is in sight; the File menu makes and closes workspaces', async () => {
    const { window } = running
    await press('Control+1')
    expect(await window.getByRole('button', { name: 'Dismiss' }).count()).toBe(0)
    const badge = window.locator('[role=option] .score').first()
    await eventually(() => badge.textContent()).toMatch(/^CIDEr \d/)
    const [promoted] = (await callVerb(window, 'models.list')).filter((model) => model.promoted)
    expect(await badge.getAttribute('title')).toBe(`CIDEr of what ${promoted.name} says`)
    await callVerb(window, 'settings.set', { textSize: 'normal' })
    await press('Control+2')
    await editor().waitFor()
    const [decided] = await callVerb(window, 'library.ids', { filter: { states: ['corrected'] }, sort: {} })
    await window.getByRole('button', { name: 'Image before' }).focus()
    while ((await inFront()) !== decided) await press((await inFront()) > decided ? 'k' : 'j').then(() => window.waitForTimeout(60))
    await seen(decided)
    const reopen = await window.getByRole('button', { name: 'Reopen' }).boundingBox()
    expect((reopen?.x ?? 0) + (reopen?.width ?? 0)).toBeLessThanOrEqual(1280)
    expect((reopen?.y ?? 0) + (reopen?.height ?? 0)).toBeLessThanOrEqual(800)
    expect(reopen?.width ?? 0).toBeGreaterThan(60)
    const zoom = window.locator('.tools .zoom')
    const fitted = await zoom.textContent()
    await press('+')
    expect(await zoom.textContent()).not.toBe(fitted)
    await press('j')
    await seen()
    await eventually(() => window.getByRole('button', { name: 'Fitted: show at full size' }).count()).toBe(1)
    await running.screenshot('day-8-review')
    await press('p')
    await press('+')
    const pinned = await zoom.textContent()
    await press('k')
    await seen(decided)
    expect(await zoom.textContent()).toBe(pinned)
    await press('p')
    await press('f')

    const choose = (label: string): Promise<void> =>
      running.app.evaluate(({ Menu, BrowserWindow }, name) => {
        const items = Menu.getApplicationMenu()?.items.flatMap((menu) => menu.submenu?.items ?? []) ?? []
        items.find((item) => item.label === name)?.click(undefined, BrowserWindow.getAllWindows()[0], undefined)
      }, label)
    await choose('New workspace…')
    const dialog = window.getByRole('dialog')
    await dialog.getByRole('heading', { name: 'New workspace' }).waitFor()
    await dialog.getByLabel('Name').fill('Second')
    await dialog.getByLabel('Folder').fill(join(folder, 'second'))
    await dialog.getByRole('button', { name: /^Create/ }).click()
    await expect.poll(async () => (await callVerb(window, 'workspace.current'))?.name, { timeout: 60_000 }).toBe('Second')
    await choose('Close workspace')
    await window.getByRole('heading', { level: 1, name: 'Capstan' }).waitFor()
    expect(await callVerb(window, 'workspace.current')).toBeNull()
  })

  test('9: damaged photos are told at import, failed captioning in Review; pasted lines are one line, and nothing stacks over the photos', async () => {
    const { window } = running
    const photos = join(folder, 'photos')
    await mkdir(photos)
    for (const name of ['whole', 'vanishing'])
      await sharp({ create: { width: 320, height: 240, channels: 3, background: 'teal' } })
        .jpeg()
        .toFile(join(photos, `${name}.jpg`))
    const noise = Buffer.from(Array.from({ length: 320 * 240 * 3 }, (_, index) => (index * 7919) % 256))
    const whole = await sharp(noise, { raw: { width: 320, height: 240, channels: 3 } })
      .jpeg()
      .toBuffer()
    await writeFile(join(photos, 'damaged.jpg'), whole.subarray(0, whole.length / 2))
    await callVerb(window, 'workspace.open', { folder: join(folder, 'second') })
    const imported = await callVerb(window, 'imports.start', { kind: 'folder', folder: photos, split: 'none' })
    expect(await finished(window, imported.id)).toMatchObject({ failures: 1, result: { images: 2, unreadable: 1 } })
    expect((await callVerb(window, 'jobs.failures', { jobId: imported.id }))[0].subject).toContain('damaged.jpg')
    await window.getByRole('contentinfo', { name: 'Status' }).getByText('Imported 2 images').waitFor()

    // 8: an order that has nothing to go by says what to do.
    await callVerb(window, 'settings.set', { beam: 1 })
    await press('Control+1')
    await window.locator('[role=option] img').first().waitFor()
    await window.getByLabel('Order by').selectOption({ label: 'Score' })
    await window.getByRole('button', { name: 'Score a set in Evaluate' }).waitFor()
    await running.screenshot('day-9-order')
    await window.getByLabel('Order by').selectOption({ label: 'As imported' })

    const ids = await callVerb(window, 'library.ids', { filter: {}, sort: {} })
    const details = await Promise.all(ids.map((imageId) => callVerb(window, 'images.get', { imageId })))
    const vanishing = details.find(({ fileName }) => fileName === 'vanishing.jpg')
    const kept = await readFile(join(photos, 'vanishing.jpg'))
    await writeFile(join(photos, 'vanishing.jpg'), 'no photo any more')
    const [model] = (await callVerb(window, 'models.list')).filter(({ promoted }) => promoted)
    const captioned = await callVerb(window, 'captioning.start', { modelId: model.id, scope: {}, beam: 1, again: true })
    await finished(window, captioned.id)
    await writeFile(join(photos, 'vanishing.jpg'), kept)
    await window.locator('[role=option]', { hasText: 'vanishing.jpg' }).dblclick()
    await window.getByText('Captioning failed:').waitFor()
    expect((await rowOf(vanishing?.imageId ?? 0)).state).toBe('pending')
    await running.screenshot('day-9-failed')

    await press('e')
    await running.app.evaluate(({ clipboard }) => clipboard.writeText('two lines\n  of  text'))
    await press('Control+v')
    expect(await editor().inputValue()).toBe('two lines of  text')
    expect(await editor().getAttribute('dir')).toBe('auto')
    await press('Control+Enter')
    await eventually(() => rowOf(vanishing?.imageId ?? 0)).toMatchObject({ state: 'corrected', text: 'two lines of text' })
  })

  test('10: from a model’s failures its candidate is chosen, and with many candidates editor and scores stay in view', async () => {
    const { window } = running
    await callVerb(window, 'workspace.openSample', { fresh: false })
    await window.locator('[role=option] img').first().waitFor()
    const models = await callVerb(window, 'models.list')
    const parent = models.find(({ promoted, evaluations }) => !promoted && evaluations.length > 0)
    await press('Control+6')
    await window.getByRole('heading', { level: 1, name: 'Failures' }).waitFor()
    await window.getByLabel('Model', { exact: true }).selectOption(parent?.id ?? '')
    await window.getByLabel('Set', { exact: true }).selectOption(parent?.evaluations[0].set ?? '')
    const worst = window.getByRole('list', { name: 'Worst images first' })
    await worst.getByRole('button').first().click()
    const imageId = await seen()
    const detail = await callVerb(window, 'images.get', { imageId })
    const chosen = await window.locator('.candidate[aria-pressed=true] .text').textContent()
    expect(detail.candidates.filter(({ modelId }) => modelId === parent?.id).map(({ text }) => text)).toContain(chosen)

    for (const { id } of models.filter(({ available }) => available).slice(0, 2)) {
      const job = await callVerb(window, 'captioning.start', { modelId: id, scope: { imageIds: [imageId] }, beam: 9, again: true })
      await finished(window, job.id)
    }
    await eventually(async () => (await callVerb(window, 'images.get', { imageId })).candidates.length).toBeGreaterThanOrEqual(9)
    await press('Control+1')
    await press('Control+2')
    await editor().waitFor()
    await window.waitForTimeout(600)
    for (const part of [editor(), window.getByRole('region', { name: 'Scores against the references' })]) {
      const place = await part.boundingBox()
      expect(place?.y ?? 0).toBeGreaterThan(0)
      expect((place?.y ?? 0) + (place?.height ?? 1000)).toBeLessThan(740)
    }
    await running.screenshot('day-10-candidates')
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message) && !message.includes('Failed to load resource'))).toEqual([])
  })
})
