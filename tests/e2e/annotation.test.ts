/** What an annotator arranges for herself, in the real window over the sample: labels and keys, the Library's looks, her figures, and texts changed in bulk. */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, startApp, type RunningApp } from '../support/app.ts'

/** Waits until it is so; the machine may be busy. */
const eventually = <Value>(what: () => Value) => expect.poll(what, { timeout: 10_000 })

describe('an annotator’s own arrangements', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-own-'))
    running = await startApp(join(folder, 'user'))
    await resize(1280, 800)
    await callVerb(running.window, 'settings.set', { author: 'Ada', theme: 'light' })
    await callVerb(running.window, 'workspace.openSample', { fresh: false })
    await running.window.locator('[role=option] img').first().waitFor()
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const press = (key: string): Promise<void> => running.window.keyboard.press(key)
  const resize = (width: number, height: number): Promise<void> =>
    running.app.evaluate(({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0].setContentSize(size.width, size.height), { width, height })
  const inFront = async (): Promise<number> =>
    Number((await running.window.locator('.stage img.image').getAttribute('src', { timeout: 10_000 }))?.split('/').at(-1))
  const detailOf = (imageId: number) => callVerb(running.window, 'images.get', { imageId })
  const library = async (): Promise<void> => {
    await press('Control+1')
    await running.window.getByRole('heading', { level: 1, name: 'Library' }).waitFor()
  }

  /** Pictures of what is in view in both sizes and themes. */
  async function pictures(name: string): Promise<void> {
    for (const [width, height] of [
      [1280, 800],
      [1920, 1080],
    ])
      for (const theme of ['light', 'dark'] as const) {
        await resize(width, height)
        await callVerb(running.window, 'settings.set', { theme })
        await running.window.waitForTimeout(500)
        await running.screenshot(`own-${name}-${width}-${theme}`)
      }
    await resize(1280, 800)
    await callVerb(running.window, 'settings.set', { theme: 'light' })
  }

  test('15: error types and tags of one’s own with keys, filters by them, split and tags for a selection, and keys that can be changed but not clash', async () => {
    const { window } = running
    await window.getByRole('link', { name: 'Settings' }).click()
    const tags = window.getByRole('region', { name: 'Tags of this workspace' })
    await tags.getByLabel('Name of a new tag').fill('At night')
    await press('Enter')
    await tags.getByRole('button', { name: 'Key of At night' }).click()
    await press('x')
    await tags.getByRole('alert').getByText('X is taken: “Reject: no good caption can be written”').waitFor()
    await tags.getByRole('button', { name: 'Key of At night' }).click()
    await press('z')
    const errors = window.getByRole('region', { name: 'Error types of this workspace' })
    await errors.getByLabel('Name of a new error type').fill('Wrong gender')
    await press('Enter')
    await errors.getByRole('button', { name: 'Key of Wrong gender' }).click()
    await press('Alt+9')
    await eventually(async () => (await callVerb(window, 'labels.list')).map(({ id, chord }) => `${id} ${chord}`)).toEqual(
      expect.arrayContaining(['at-night z', 'wrong-gender Alt+9']),
    )

    // A key that is taken is refused with what holds it; a free one holds at once, over a restart of the page too.
    const keys = window.getByRole('region', { name: 'Keys' })
    await keys.getByLabel('Search what a key does').fill('Review Next image')
    await keys.getByRole('button', { name: 'Next image: j, change' }).click()
    await press('k')
    await keys.getByRole('alert').getByText('K is taken: “Image before”').waitFor()
    await keys.getByRole('button', { name: 'Next image: j, change' }).click()
    await press('d')
    await keys.getByRole('button', { name: 'Next image: d, change' }).waitFor()
    expect((await callVerb(window, 'settings.get')).shortcuts).toEqual({ 'review.next': ['d', 'ArrowRight'] })
    await pictures('labels')

    await press('Control+2')
    await window.locator('.side textarea').waitFor()
    const first = await inFront()
    const split = (await detailOf(first)).split
    await press('z')
    await eventually(async () => (await detailOf(first)).tags).toEqual(['at-night'])
    await window.getByRole('group', { name: 'Tags of the photo' }).getByRole('button', { name: 'At night', pressed: true }).waitFor()
    await press('Alt+9')
    await press('Shift+5')
    await eventually(async () => (await detailOf(first)).captions[0].errorTypes).toContain('wrong-gender')
    await eventually(async () => (await detailOf(first)).captions[0].rating).toBe(5)
    await pictures('review')
    await press('j')
    expect(await inFront()).toBe(first)
    await press('d')
    await eventually(inFront).not.toBe(first)

    await library()
    const filter = window.getByRole('complementary', { name: 'Filter' })
    const counted = async (): Promise<number> => Number.parseInt((await window.locator('.view-head [role=status]').first().textContent()) ?? '', 10)
    const all = await counted()
    for (const [label, part] of [
      ['At night', { tags: ['at-night'] }],
      ['Wrong gender', { errorTypes: ['wrong-gender'] }],
      ['5 of 5', { ratings: [5] }],
      ['Sample team', { authors: ['Sample team'] }],
    ] as const) {
      const ids = await callVerb(window, 'library.ids', { filter: { tags: [], errorTypes: [], ratings: [], authors: [], ...part }, sort: {} } as never)
      expect(ids).toContain(first)
      expect(ids.length).toBeLessThan(all)
      await filter.getByLabel(label).check()
      await eventually(counted).toBe(ids.length)
      await filter.getByLabel(label).uncheck()
      await eventually(counted).toBe(all)
    }
    const list = window.getByRole('listbox', { name: 'Images' })
    await list.focus()
    await press('Home')
    await press('Shift+ArrowRight')
    await press('Shift+ArrowRight')
    await press('t')
    const dialog = window.getByRole('dialog')
    await dialog.getByLabel('Split').selectOption({ label: split === 'test' ? 'Dev' : 'Test' })
    await dialog.getByRole('radiogroup', { name: 'Tag At night' }).getByRole('radio', { name: 'Give' }).click()
    await pictures('arrange')
    await dialog.getByRole('button', { name: 'Change 3 images' }).click()
    await dialog.waitFor({ state: 'detached' })
    await filter.getByLabel('At night').check()
    await eventually(counted).toBe(3)
    await pictures('filter')
    await press('Control+z')
    await eventually(counted).toBe(1)
    await filter.getByLabel('At night').uncheck()
    expect((await detailOf(first)).split).toBe(split)
  })

  test('17: thumbnails of a size, a list with sortable columns, a saved list in an order of one’s own, and panning and zoom by key', async () => {
    const { window } = running
    await library()
    const width = async (): Promise<number> => (await window.locator('[role=option]').first().boundingBox())?.width ?? 0
    const before = await width()
    await press('+')
    await eventually(width).toBeGreaterThan(before * 1.1)
    const slider = window.getByRole('slider', { name: 'Size of the thumbnails' })
    await slider.focus()
    await press('Home')
    await eventually(width).toBeLessThan(before * 0.7)
    expect((await callVerb(window, 'settings.get')).thumbnailSize).toBe(7)
    // Scrolled to its end, the Library is there again after another view.
    await window.getByRole('listbox', { name: 'Images' }).focus()
    await press('End')
    await press('Control+9')
    await window.getByRole('heading', { level: 1, name: 'My work' }).waitFor()
    await library()
    await eventually(async () => (await window.locator('[role=option].focused').boundingBox())?.y ?? 0).toBeGreaterThan(150)
    await eventually(async () => (await window.locator('[role=option].focused').boundingBox())?.y ?? 1000).toBeLessThan(780)
    await window.getByRole('listbox', { name: 'Images' }).focus()
    await press('Home')
    await window.getByRole('heading', { name: 'Library' }).click()
    await press('v')
    const heads = window.getByRole('group', { name: 'Columns to order by' })
    await heads.waitFor()
    const shown = async (): Promise<number[]> =>
      (await window.locator('[role=option] img').evaluateAll((images) => images.map((image) => image.getAttribute('src') ?? ''))).map((source) =>
        Number(source.split('/').at(-1)),
      )
    for (const [title, sort] of [
      ['File name', { by: 'name', direction: 'ascending' }],
      ['State', { by: 'state', direction: 'ascending' }],
      ['Rating', { by: 'rating', direction: 'ascending' }],
      ['CIDEr', { by: 'score', direction: 'ascending' }],
    ] as const) {
      await heads.getByRole('button', { name: title }).click()
      const wanted = (await callVerb(window, 'library.ids', { filter: {}, sort })).slice(0, 5)
      await eventually(async () => (await shown()).slice(0, 5)).toEqual(wanted)
    }
    await heads.getByRole('button', { name: 'CIDEr' }).click()
    const best = (await callVerb(window, 'library.ids', { filter: {}, sort: { by: 'score', direction: 'descending' } })).slice(0, 4)
    await eventually(async () => (await shown()).slice(0, 4)).toEqual(best)
    await pictures('list')

    // The four best become a list, whose order is then a person's own.
    const images = window.getByRole('listbox', { name: 'Images' })
    await images.focus()
    await press('Home')
    for (let more = 0; more < 3; more += 1) await press('Shift+ArrowDown')
    await press('l')
    await window.getByRole('dialog').getByLabel('Name of the new list').fill('The best')
    await press('Enter')
    await window.getByRole('contentinfo', { name: 'Status' }).getByRole('button', { name: 'Show the list' }).click()
    await eventually(shown).toEqual(best)
    await press('v')
    await callVerb(window, 'settings.set', { thumbnailSize: 14 })
    await images.focus()
    await press('Home')
    await press('Alt+ArrowRight')
    const [first, second, third, fourth] = best
    await eventually(shown).toEqual([second, first, third, fourth])
    await press('Alt+ArrowRight')
    await eventually(shown).toEqual([second, third, first, fourth])
    await window.locator('[role=option]').nth(3).dragTo(window.locator('[role=option]').nth(0))
    await eventually(shown).toEqual([fourth, second, third, first])
    await pictures('saved-list')
    await press('Control+2')
    await window.locator('.side textarea').waitFor()
    await window.getByText(`4, `).first().waitFor()

    // Zoomed in, the picture moves by key and stops at its end.
    const picture = window.locator('.stage img.image')
    const left = async (): Promise<number> => Math.round((await picture.boundingBox())?.x ?? 0)
    for (let more = 0; more < 6; more += 1) await press('+')
    const start = await left()
    await press('Shift+ArrowRight')
    await eventually(left).toBeLessThan(start)
    for (let more = 0; more < 30; more += 1) await press('Shift+ArrowLeft')
    const stage = (await window.locator('.ground').boundingBox())?.x ?? 0
    await eventually(left).toBe(Math.round(stage) + 32)
    await press('f')
    await library()
    await window.getByLabel('Saved list', { exact: true }).selectOption({ label: 'All photos' })
    await window.getByLabel('Order by', { exact: true }).selectOption({ label: 'As imported' })
  })

  test('16: my work says what was done today, how fast and how much had to be changed, by day, model and author, and leaves as CSV', async () => {
    const { window } = running
    for (const imageId of (await callVerb(window, 'library.ids', { filter: { states: ['pending'], captioned: 'yes' }, sort: {} })).slice(0, 6)) {
      const { candidates, captions } = await detailOf(imageId)
      const [{ id, text }] = candidates
      const decision =
        imageId % 2 === 0
          ? { kind: 'accept' as const, candidateId: id, rating: null }
          : { kind: 'correct' as const, candidateId: id, text: `${text} today`, errorTypes: [], rating: null }
      await callVerb(window, 'review.decide', { imageId, slot: 0, expectedRevision: captions[0].revision, decision })
    }
    await window.getByRole('link', { name: 'My work' }).click()
    const figures = await callVerb(window, 'work.figures', { author: 'Ada', days: 30 })
    expect(figures.today.accepted).toBeGreaterThan(1)
    expect(figures.today.medianSeconds).not.toBeNull()
    const today = window.getByRole('region', { name: 'Today' })
    await today.getByText(`${figures.today.accepted} captions accepted as they were, ${figures.today.corrected} corrected`).waitFor()
    await window.getByRole('img', { name: /^Captions: .*\d/ }).waitFor()
    await window.getByRole('region', { name: 'By model' }).getByRole('rowheader', { name: 'Scene captioner' }).waitFor()
    await window.getByLabel('Whose work').selectOption({ label: 'Everybody' })
    await window.getByLabel('Over how many days').selectOption({ label: 'All days' })
    await window.getByRole('region', { name: 'By author' }).getByRole('rowheader', { name: 'Ada' }).waitFor()
    await pictures('work')
    const file = join(folder, 'work.csv')
    await running.app.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
    }, file)
    await window.getByRole('button', { name: 'Export as CSV' }).click()
    await eventually(() => existsSync(file)).toBe(true)
    expect((await readFile(file, 'utf8')).split('\n')).toContainEqual(expect.stringMatching(/^author,Ada,\d+,\d+,/))
    await callVerb(window, 'review.undo')
    await eventually(async () => (await callVerb(window, 'work.figures', { author: 'Ada', days: 1 })).today.captions).toBe(figures.today.captions - 1)
  })

  test('12: find and replace shows every change with a tick before it is made, and one undo takes all of it back; a hostile expression changes nothing', async () => {
    const { window } = running
    await library()
    const open = async () => {
      await press('Control+h')
      const dialog = window.getByRole('dialog', { name: 'Change captions' })
      await dialog.waitFor()
      await dialog.getByRole('radio', { name: 'All photos' }).click() // else those that are selected
      return dialog
    }
    const textOf = async (imageId: number) => (await detailOf(imageId)).captions[0].text
    const dialog = await open()
    await dialog.getByLabel('Find').fill('birds')
    await dialog.getByLabel('Replace with').fill('gulls')
    await dialog.getByRole('radio', { name: 'Whole words' }).click()
    const { changes } = await callVerb(window, 'texts.preview', {
      operation: { kind: 'replace', find: 'birds', replacement: 'gulls', by: 'word', matchCase: false },
      scope: {},
    })
    expect(changes.length).toBeGreaterThan(1)
    await dialog.getByText(`${changes.length} of ${changes.length} captions`).waitFor()
    await dialog.locator('ins').first().getByText('gulls').waitFor()
    await pictures('replace')
    await dialog.getByLabel(`Change ${changes[0].fileName}`).uncheck()
    await dialog.getByRole('button', { name: `Change ${changes.length - 1} caption` }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await textOf(changes[0].imageId)).toBe(changes[0].before)
    for (const { imageId, after } of changes.slice(1)) expect(await textOf(imageId)).toBe(after)
    await window.getByRole('contentinfo', { name: 'Status' }).getByRole('button', { name: 'Undo', exact: true }).click()
    for (const { imageId, before } of changes) await eventually(() => textOf(imageId)).toBe(before)

    // An expression that never ends is stopped; the window goes on.
    const [{ imageId }] = changes
    const { captions } = await detailOf(imageId)
    await callVerb(window, 'review.saveDraft', { imageId, slot: 0, expectedRevision: captions[0].revision, candidateId: null, text: `${'a'.repeat(60)}!` })
    await open()
    await dialog.getByRole('radio', { name: 'Regular expression' }).click()
    await dialog.getByLabel('Find').fill('(a+)+$')
    await dialog.getByText('The expression took too long and was stopped.').waitFor()
    await dialog.getByLabel('Find').fill('(a{3})a+(!)')
    await dialog.getByLabel('Replace with').fill('$1$2')
    await dialog.getByText('1 of 1 caption').waitFor()
    await dialog.locator('ins').getByText('aaa!').waitFor()
    await dialog.getByRole('radio', { name: 'Put before' }).click()
    await dialog.getByLabel('Words before each caption').fill('photo of ')
    await dialog.locator('ins').getByText('photo of').first().waitFor()
    await dialog.getByRole('button', { name: /^Change \d+ captions$/ }).click()
    await dialog.waitFor({ state: 'detached' })
    await eventually(() => textOf(imageId)).toBe(`photo of ${'a'.repeat(60)}!`)
  })
})
