/** Several captions by people a photo, and references edited by people, in the real window: what it says is what the database holds. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { callVerb, finished, startApp, type RunningApp } from '../support/app.ts'

const eventually = <Value>(what: () => Value) => expect.poll(what, { timeout: 15_000 })
const steps = 250
const images = 6

describe('several captions a photo', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-several-'))
    const scenes = await writeScenes(join(folder, 'scenes'), images, 5)
    running = await startApp(join(folder, 'user'))
    await resize(1280, 800)
    await callVerb(running.window, 'settings.set', { author: 'Ada', theme: 'light' })
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Several' })
    const job = await callVerb(running.window, 'imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images, split: 'train' })
    await finished(running.window, job.id)
    await running.window.locator('[role=option] img').first().waitFor()
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const page = () => running.window
  const press = (key: string): Promise<void> => page().keyboard.press(key)
  const resize = (width: number, height: number): Promise<void> =>
    running.app.evaluate(({ BrowserWindow }, [wide, high]) => BrowserWindow.getAllWindows()[0].setContentSize(wide, high), [width, height] as const)
  const editor = () => page().locator('.side textarea')
  const listed = () => page().getByRole('region', { name: 'Captions by people' }).locator('li')
  const inFront = async (): Promise<number> => Number((await page().locator('.stage img.image').getAttribute('src'))?.split('/').at(-1))
  const editorLabel = () => page().locator('.side section[aria-label="Your caption"] label').textContent()

  function onDisk<Row>(sql: string, ...values: unknown[]): Row[] {
    const database = new Database(join(folder, 'workspace', 'workspace.db'), { readonly: true })
    try {
      return database.prepare<unknown[], Row>(sql).all(...values)
    } finally {
      database.close()
    }
  }
  const captionsOf = (imageId: number) =>
    onDisk<{ slot: number; state: string; text: string | null; author: string | null }>(
      'SELECT slot, state, text, author FROM review WHERE image_id = ? ORDER BY slot',
      imageId,
    )

  /** Serious and critical faults of what the window shows now. */
  async function faults(): Promise<string[]> {
    const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
    await running.app.evaluate(({ BrowserWindow }, script) => BrowserWindow.getAllWindows()[0].webContents.executeJavaScript(`${script};0`), source)
    const results = await page().evaluate(() => {
      const axe = Reflect.get(globalThis, 'axe') as { run(root: unknown, options: object): Promise<unknown> }
      return axe.run(Reflect.get(globalThis, 'document'), { resultTypes: ['violations'] })
    })
    return (results as AxeResults).violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
  }

  async function pictures(name: string): Promise<void> {
    for (const theme of ['light', 'dark'] as const) {
      await callVerb(page(), 'settings.set', { theme })
      for (const [width, height] of [
        [1280, 800],
        [1920, 1080],
      ]) {
        await resize(width, height)
        await page().waitForTimeout(500)
        await running.screenshot(`${name}-${theme}-${width}`)
      }
      expect(await faults()).toEqual([])
    }
    await callVerb(page(), 'settings.set', { theme: 'light' })
    await resize(1280, 800)
  }

  test('the number asked for is a setting of the workspace', async () => {
    await running.window.getByRole('link', { name: 'Settings' }).click()
    const field = page().getByLabel('Captions a photo')
    await field.fill('3')
    await field.press('Tab')
    await eventually(async () => (await callVerb(page(), 'project.get')).captionsWanted).toBe(3)
  })

  test('one caption after the other is written with the editor open; the photo is done with the third', async () => {
    await press('Control+2')
    await editor().waitFor()
    const first = await inFront()
    await eventually(() => listed().count()).toBe(3)
    await press('e')
    for (const [index, text] of ['a first caption', 'a second caption', 'a third caption'].entries()) {
      await eventually(editorLabel).toBe(`Caption ${index + 1} of 3`)
      expect(await inFront()).toBe(first)
      await press('Control+a')
      await page().keyboard.type(text)
      await eventually(() => listed().nth(index).textContent()).toContain('Saved')
      if (index === 2) await pictures('several-review')
      await editor().focus()
      await press('Control+Enter')
    }
    await eventually(() => captionsOf(first)).toEqual(
      ['a first caption', 'a second caption', 'a third caption'].map((text, slot) => ({ slot, state: 'corrected', text, author: 'Ada' })),
    )
    await eventually(inFront).not.toBe(first)
    await eventually(editorLabel).toBe('Caption 1 of 3')
    expect(await page().evaluate(() => document.activeElement?.matches('textarea.editor'))).toBe(true)
    expect((await callVerb(page(), 'library.facets')).states).toMatchObject({ corrected: 1, pending: images - 1 })
    await press('Escape')
    await press('k')
    await eventually(inFront).toBe(first)
    await eventually(() => page().locator('.head').textContent()).toContain('3 of 3 captions decided')
  })

  test('keys walk through the captions and add one; undo shows the caption that it concerned', async () => {
    const first = await inFront()
    await press('Alt+ArrowDown')
    await eventually(editorLabel).toBe('Caption 2 of 3')
    await eventually(() => editor().inputValue()).toBe('a second caption')
    await press('Alt+Enter')
    await eventually(editorLabel).toBe('Caption 4 of 4')
    await page().keyboard.type('one more than asked for')
    await eventually(() => listed().nth(3).textContent()).toContain('Saved')
    expect(captionsOf(first).at(3)).toEqual({ slot: 3, state: 'draft', text: 'one more than asked for', author: 'Ada' })
    await press('Control+Enter')
    await eventually(() => captionsOf(first).at(3)?.state).toBe('corrected')
    await press('Escape')
    await press('Control+z')
    await eventually(inFront).toBe(first)
    await eventually(editorLabel).toContain('Caption 4')
    await eventually(() => captionsOf(first).at(3)?.state).toBe('draft')
    await eventually(() => editor().inputValue()).toBe('one more than asked for')
  })

  test('each caption has its own history', async () => {
    await press('Escape')
    await press('Alt+ArrowUp')
    await eventually(editorLabel).toBe('Caption 3 of 4')
    await press('h')
    const history = page().getByRole('region', { name: 'History' })
    await eventually(() => history.locator('li').count()).toBe(1)
    expect(await history.locator('li').textContent()).toContain('a third caption')
    await press('h')
  })

  test('references are written, corrected and set aside; what was imported stays', async () => {
    const imageId = await inFront()
    const stored = () =>
      onDisk<{ text: string; standing: number; author: string | null }>('SELECT text, standing, author FROM reference WHERE image_id = ? ORDER BY id', imageId)
    const imported = stored()
    expect(imported.length).toBeGreaterThan(1)
    await press('Shift+r')
    const panel = page().getByRole('region', { name: 'References', exact: true })
    await page().keyboard.type('written by a person')
    await press('Enter')
    await eventually(() => stored().at(-1)).toEqual({ text: 'written by a person', standing: 1, author: 'Ada' })
    await panel.getByRole('button', { name: `Correct the reference “${imported[0].text}”` }).click()
    await press('Control+a')
    await page().keyboard.type('the first one corrected')
    await press('Enter')
    await eventually(() => stored().find(({ text }) => text === 'the first one corrected')?.standing).toBe(1)
    await panel.getByRole('button', { name: `Set the reference “${imported[1].text}” aside` }).click()
    await eventually(() =>
      stored()
        .filter(({ standing }) => standing === 0)
        .map(({ text }) => text),
    ).toEqual([imported[0].text, imported[1].text])
    await eventually(() => panel.textContent()).toContain(`it was “${imported[0].text}”`)
    await panel.scrollIntoViewIfNeeded()
    await pictures('several-references')
    await panel.getByRole('button', { name: `Put the reference “${imported[1].text}” back` }).click()
    await eventually(() => stored().filter(({ standing }) => standing === 0).length).toBe(1)
    await press('Escape')
    await press('Control+z')
    await eventually(() => stored().filter(({ standing }) => standing === 0).length).toBe(2)
    await press('r')
  })

  test('photos that are begun are a filter of the Library, whose count follows each decision and undo', async () => {
    const onlyBegun = "FROM image WHERE decided > 0 AND review_state IN ('pending', 'draft')"
    const begunNow = () => onDisk<{ images: number }>(`SELECT count(*) AS images ${onlyBegun}`).at(0)?.images ?? 0
    const before = begunNow()
    await press('Escape')
    await press('Control+1')
    const begun = page().getByRole('complementary', { name: 'Filter' }).locator('label', { hasText: 'Begun' })
    await eventually(() => begun.locator('.amount').textContent()).toBe(String(before))
    const untouched = onDisk<{ id: number }>("SELECT id FROM image WHERE decided = 0 AND review_state = 'pending' ORDER BY id LIMIT 1").at(0)?.id ?? 0
    await page().locator(`#library-image-${untouched}`).dblclick()
    await eventually(inFront).toBe(untouched)
    await page().waitForTimeout(1000) // it has been looked at
    await press('s')
    await eventually(begunNow).toBe(before + 1)
    await press('Control+1')
    await eventually(() => begun.locator('.amount').textContent()).toBe(String(before + 1))
    await begun.getByRole('checkbox').check()
    await eventually(() => page().locator('.view-head [role=status]').first().textContent()).toContain(`${before + 1} image`)
    await press('Control+z')
    await eventually(() => begun.locator('.amount').textContent()).toBe(String(before))
    await begun.getByRole('checkbox').uncheck()
  })

  test(`after each of ${steps} random steps and over restarts the window says what the database holds`, { timeout: 900_000 }, async () => {
    let seed = 11
    const dice = (sides: number): number => {
      seed = (seed * 48271) % 2147483647
      return seed % sides
    }
    let restarts = 0
    await openReview()
    for (let step = 0; step < steps; step++) {
      await press('Escape')
      const kind = dice(14)
      if (kind <= 2) {
        await press('e')
        await press('Control+a')
        await page().keyboard.type(`step ${step}`)
        if (dice(3) === 0) await press('Control+Enter')
      } else if (kind === 3) await press(`Shift+${dice(5) + 1}`)
      else if (kind === 4) await press(`Alt+${dice(4) + 1}`)
      else if (kind === 5) await press(dice(2) === 0 ? 's' : 'x')
      else if (kind === 6) await press('o')
      else if (kind === 7) await press(dice(2) === 0 ? 'j' : 'k')
      else if (kind <= 9) await press(dice(2) === 0 ? 'Alt+ArrowDown' : 'Alt+ArrowUp')
      else if (kind === 10) await press(dice(2) === 0 ? 'c' : 'a')
      else if (kind === 11) await press(dice(3) === 0 ? 'Control+y' : 'Control+z')
      else if (kind === 12) await press('n')
      else if (dice(6) === 0 && restarts < 3) {
        restarts += 1
        await running.close()
        running = await startApp(join(folder, 'user'))
        await callVerb(page(), 'workspace.open', { folder: join(folder, 'workspace') })
        await page().locator('[role=option] img').first().waitFor()
        await openReview()
      }
      await compareShown()
    }
    expect(restarts).toBeGreaterThan(0)
  })

  async function openReview(): Promise<void> {
    await press('Control+2')
    await editor().waitFor()
  }

  const stateTitles: Record<string, string> = {
    pending: 'Pending',
    draft: 'Draft',
    accepted: 'Accepted',
    corrected: 'Corrected',
    rejected: 'Rejected',
    skipped: 'Skipped',
  }

  /** What the window shows of the photo's captions once nothing is on its way, and that it is what the disk holds. */
  async function compareShown(): Promise<void> {
    await eventually(() => page().locator('.save').textContent()).toMatch(/^(Saved|Draft saved|)$/)
    await eventually(async () => {
      const imageId = await inFront()
      const held = new Map(captionsOf(imageId).map((row) => [row.slot, row]))
      const shown = await listed().evaluateAll((items) =>
        items.map((item) => ({
          state: item.querySelector('.state')?.textContent?.trim() ?? '',
          text: item.querySelector('.text:not(.muted)')?.textContent ?? null,
          told: item.querySelector('.hand')?.textContent ?? '',
        })),
      )
      const wrong = shown.flatMap(({ state, text, told }, slot) => {
        const row = held.get(slot) ?? { state: 'pending', text: null }
        const same = state === stateTitles[row.state] && ((row.text ?? '') === '' || row.text === text) && !told.includes('…')
        return same ? [] : [`caption ${slot + 1} of image ${imageId}: shown ${state} “${text}” ${told}, held ${row.state} “${row.text}”`]
      })
      const front = await editor().inputValue()
      const slot = Number(/^Caption (\d+) of/.exec((await editorLabel()) ?? '')?.[1]) - 1
      const text = held.get(slot)?.text ?? null
      if (text !== null && text !== front) wrong.push(`the editor shows “${front}”, the disk holds “${text}”`)
      return wrong.concat(imageId === (await inFront()) ? [] : ['turned meanwhile'])
    }).toEqual([])
  }
})
