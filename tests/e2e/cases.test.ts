/** A case in the real window, on the sample: from where its captioner is worst to a list to correct, a later model that is judged, a verdict and a report. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, openSample, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { look as lookAt } from '../support/look.ts'

/** The sample's captioner, which hardly ever saw snow. */
const base = 'scene-captioner'

describe('cases', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-case-'))
    running = await startApp(join(folder, 'user'))
    await openSample(running)
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const view = (name: string) => running.window.getByRole('link', { name }).click()
  const heading = (name: string) => running.window.getByRole('heading', { level: 1, name })

  const look = (name: string): Promise<void> => lookAt(running, `cases-${name}`)

  test('without any there is a way to Failures', async () => {
    await view('Cases')
    await running.window.getByRole('button', { name: 'Go to Failures' }).click()
    await heading('Failures').waitFor()
  })

  test('the slice where the captioner is worst becomes a case with a list to correct', async () => {
    const { window } = running
    await window.getByLabel('Model', { exact: true }).selectOption(base)
    await window.getByLabel('Set', { exact: true }).selectOption('all')
    await window.getByRole('button', { name: 'Find where it is worst' }).click()
    const found = window.getByRole('region', { name: 'Slices that were found' })
    await found.getByRole('row').nth(1).getByRole('button').first().click()
    await window.getByLabel('Keep these filters as').fill('Snow')
    await window.getByRole('button', { name: 'Open a case' }).click()
    await heading('Cases').waitFor()
    const [one] = await callVerb(window, 'cases.list')
    expect(one).toMatchObject({ name: 'Snow', modelId: base, set: 'all', verdict: null })
    expect(one.photos).toBe(one.judging + one.listed)
    await window.getByRole('region', { name: 'The case Snow' }).waitFor()
    await window
      .getByRole('listitem', { name: 'Judged' })
      .getByText(/Fixed|Better here|Cannot be told yet|Not fixed/)
      .first()
      .waitFor()
    await look('page')
  })

  test('“Correct these” leads to its list, and a decision shows on its page', async () => {
    const { window } = running
    await window.getByRole('button', { name: 'Correct these' }).click()
    await heading('Library').waitFor()
    const [one] = await callVerb(window, 'cases.list')
    await expect.poll(() => window.locator('[role=option]').count()).toBe(one.listed)
    const imageIds = await callVerb(window, 'library.ids', { filter: { listId: one.listId, states: ['pending'] }, sort: {} })
    if (imageIds.length > 0) await callVerb(window, 'review.decideMany', { imageIds: imageIds.slice(0, 1), decision: 'accept' })
    await view('Cases')
    const decided = one.decided + Math.min(1, imageIds.length)
    await window.getByText(`${decided} of ${one.listed} photos decided`, { exact: false }).waitFor()
  })

  test('its lineage is walked to the model that it is a weakness of, on to the one that learned, and back', async () => {
    const { window } = running
    await window.getByRole('button', { name: 'Lineage…' }).click()
    const dialog = window.getByRole('dialog', { name: 'Lineage' })
    await dialog.getByRole('region', { name: 'Case Snow' }).waitFor()
    await dialog.getByRole('list', { name: 'Comes from' }).getByRole('button').first().click()
    await dialog.getByRole('region', { name: /^Model / }).waitFor()
    await look('lineage')
    await dialog
      .getByRole('list', { name: 'Led to' })
      .getByRole('button', { name: /fine-tuned to/ })
      .click()
    await dialog
      .getByRole('list', { name: 'Comes from' })
      .getByRole('button', { name: /fine-tuned from/ })
      .waitFor()
    await dialog.getByRole('button', { name: 'Back' }).click()
    await dialog.getByRole('button', { name: 'Back' }).click()
    await dialog.getByRole('region', { name: 'Case Snow' }).waitFor()
    await window.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
  })

  test('a report tells its story, and the case is closed with a verdict that stays', async () => {
    const { window } = running
    for (const [format, item] of [
      ['html', 'HTML, one file'],
      ['pdf', 'PDF'],
    ] as const) {
      const file = join(folder, `case.${format}`)
      await running.app.evaluate(({ dialog }, chosen) => {
        dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
      }, file)
      await window.getByRole('button', { name: 'Save report… about Snow' }).click()
      await window.getByRole('menuitem', { name: item }).click()
      const written = async () => (await callVerb(window, 'jobs.list')).find(({ result }) => result['file'] === file)?.state
      await expect.poll(written, { timeout: 60_000 }).toBe('done')
      const bytes = await readFile(file)
      if (format === 'html') expect(bytes.toString()).toContain('data:image/webp')
      else expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
    }
    await window.getByRole('button', { name: 'Close the case with this verdict' }).click()
    await window.getByRole('button', { name: 'Open it again' }).waitFor()
    const [closed] = await callVerb(window, 'cases.list')
    expect(closed.verdict).toMatchObject({ modelId: expect.any(String) as string })
    await look('closed')
    await window.getByRole('button', { name: 'All cases' }).click()
    await window.getByRole('listitem', { name: 'Snow' }).waitFor()
    await look('list')
  })

  test('“Look at it in Failures” shows what it was opened of', async () => {
    const { window } = running
    await window
      .getByRole('button', { name: /^Open the case|^Open$/ })
      .first()
      .click()
    await window.getByRole('button', { name: 'Look at it in Failures' }).click()
    await heading('Failures').waitFor()
    const [one] = await callVerb(window, 'cases.list')
    await window
      .getByText(new RegExp(`${one.photos} of 200`))
      .first()
      .waitFor()
  })
})
