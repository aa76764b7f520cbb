/** The sample that ships: one click opens it with captions, scores, mistakes and a finished fine-tuning run; one key corrects, one click fine-tunes. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { look as lookAt } from '../support/look.ts'

describe('the sample', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-sample-'))
    running = await startApp(join(folder, 'user'))
    await running.window.getByRole('heading', { level: 1, name: 'Capstan' }).waitFor()
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const press = (key: string): Promise<void> => running.window.keyboard.press(key)
  const heading = (name: string) => running.window.getByRole('heading', { level: 1, name })
  const states = async () => (await callVerb(running.window, 'library.facets')).states

  const look = (name: string): Promise<void> => lookAt(running, `sample-${name}`)

  test('opens with one click: scenes with captions, references and scores, some of them reviewed', async () => {
    await running.window.getByRole('button', { name: 'Open the sample' }).click()
    await expect.poll(async () => (await callVerb(running.window, 'library.facets')).total, { timeout: 30_000 }).toBe(200)
    const { splits } = await callVerb(running.window, 'library.facets')
    expect(splits).toMatchObject({ train: 150, dev: 50 })
    expect((await states()).corrected).toBeGreaterThan(20)
    const [imageId] = await callVerb(running.window, 'library.ids', { filter: { states: ['pending'] }, sort: {} })
    const image = await callVerb(running.window, 'images.get', { imageId })
    expect(await callVerb(running.window, 'images.look', { imageId })).toBeNull()
    expect(image.references).toHaveLength(5)
    expect(image.candidates.length).toBeGreaterThan(0)
    await running.window.locator('[role=option] img').first().waitFor()
    await look('library')
  })

  test('shows a finished fine-tuning run that learned what was corrected', async () => {
    const evaluations = await callVerb(running.window, 'scores.evaluations')
    const heldOut = evaluations.filter(({ set }) => set === 'held-out corrections')
    expect(new Set(heldOut.map(({ modelId }) => modelId)).size).toBe(2)
    const models = await callVerb(running.window, 'models.list')
    const child = models.find(({ parentId }) => parentId !== null)
    const ciderOf = (modelId: string | null | undefined): number => heldOut.find((each) => each.modelId === modelId)?.scores.CIDEr ?? NaN
    expect(ciderOf(child?.id)).toBeGreaterThan(ciderOf(child?.parentId))
    await press('Control+3')
    await heading('Train').waitFor()
    await look('train')
    for (const [key, name] of [
      ['Control+4', 'Models'],
      ['Control+5', 'Evaluate'],
      ['Control+6', 'Failures'],
    ] as const) {
      await press(key)
      await heading(name).waitFor()
      await look(name.toLowerCase())
    }
  })

  test('finds where the captioner is worst: in the snow it was hardly shown; the slice is kept, and its history says that fine-tuning helped there', async () => {
    const { window } = running
    await press('Control+6')
    await heading('Failures').waitFor()
    const base = (await callVerb(window, 'models.list')).find(({ parentId }) => parentId === null)
    await window.getByLabel('Model', { exact: true }).selectOption(base?.id ?? '')
    await window.getByLabel('Set', { exact: true }).selectOption('all')
    await window.getByLabel('Beside it').selectOption({ index: 1 })
    const left = window.getByRole('region', { name: 'What is left' })
    await expect.poll(() => left.getByRole('status').innerText()).toBe('200 of 200 images')
    await window.getByRole('button', { name: 'Find where it is worst' }).click()
    const found = window.getByRole('region', { name: 'Slices that were found' })
    const first = found.locator('tbody tr').first()
    expect(await first.innerText()).toMatch(/snow/)
    await look('slices-found')
    const images = await first.locator('.number').first().innerText()
    await first.getByRole('button').click()
    await expect.poll(() => left.getByRole('status').innerText()).toBe(`${images} of 200 images`)
    await window.getByLabel('Keep these filters as').fill('Snow')
    await window.getByRole('button', { name: 'Keep', exact: true }).click()
    const history = window.getByRole('region', { name: 'History over models' })
    await expect.poll(() => history.locator('tbody tr').count()).toBe(2)
    const scores = (await history.locator('tbody tr').allInnerTexts()).map((row) => Number(/\t(\d\.\d{3})\t/.exec(row)?.[1]))
    expect(scores[1]).toBeGreaterThan(scores[0] ?? NaN)
    await look('slices-kept')
    await history.getByRole('button', { name: 'LaTeX' }).click()
    await expect.poll(() => running.app.evaluate(({ clipboard }) => clipboard.readText())).toContain('CIDEr in Snow')
    await window.getByRole('button', { name: 'Clear all' }).click()
    await expect.poll(() => left.getByRole('status').innerText()).toBe('200 of 200 images')
    await window.getByRole('list', { name: 'Kept slices' }).getByRole('button', { name: 'Snow', exact: true }).click()
    await expect.poll(() => left.getByRole('status').innerText()).toBe(`${images} of 200 images`)
  })

  test('one key corrects a caption', async () => {
    await press('Control+2')
    await running.window.locator('button.candidate').first().waitFor()
    await press('n')
    await running.window.locator('button.candidate').first().waitFor()
    await look('review')
    const { corrected } = await states()
    await press('c')
    await expect.poll(async () => (await states()).corrected, { timeout: 20_000 }).toBe(corrected + 1)
  })

  test('one key shows where the captioner looked, word by word', async () => {
    const words = running.window.getByRole('radiogroup', { name: 'Word' })
    const note = running.window.getByRole('group', { name: 'Where the captioner looked' })
    await press('l')
    await words.waitFor({ timeout: 60_000 })
    // Only then arrows walk along the words; before, they walk along the photos.
    await expect.poll(() => words.getByRole('radio', { name: 'All' }).evaluate((radio) => radio === document.activeElement)).toBe(true)
    const [candidate] = await running.window.locator('button.candidate.chosen .text').allTextContents()
    expect((await words.getByRole('radio').allTextContents()).map((word) => word.trim())).toEqual(['All', ...candidate.trim().split(' ')])
    // Twice before the first is answered, as quick fingers do; the key is let go before the second is.
    await words.evaluate(async () => {
      const send = (type: 'keydown' | 'keyup'): void => {
        document.activeElement!.dispatchEvent(new KeyboardEvent(type, { key: 'ArrowRight', bubbles: true, cancelable: true }))
      }
      const focusMoved = async (): Promise<void> => {
        const before = document.activeElement
        while (document.activeElement === before) await Promise.resolve()
      }
      send('keydown')
      await focusMoved()
      setTimeout(send, 0, 'keyup')
      send('keydown')
      await focusMoved()
      await new Promise((resolve) => setTimeout(resolve, 50))
    })
    await expect.poll(() => note.textContent()).toContain(`% sure of “${candidate.trim().split(' ')[1]}”`)
    const alternatives = running.window.getByRole('list', { name: 'What it could have written here' })
    await expect.poll(() => alternatives.getByRole('listitem').count()).toBeGreaterThanOrEqual(5)
    expect(await alternatives.getByRole('listitem').filter({ hasText: 'as written' }).allInnerTexts()).toEqual([
      expect.stringContaining(candidate.trim().split(' ')[1]),
    ])
    await look('attention')
    const veil = running.window.locator('.veil canvas')
    const darkness = () =>
      veil.evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        return [...data.filter((_, index) => index % 4 === 3)]
      })
    const attended = await darkness()
    expect(Math.max(...attended) - Math.min(...attended)).toBeGreaterThan(100)
    // The words' arrows lead on to the switch by Tab.
    await press('Tab')
    await press('ArrowRight')
    await expect.poll(() => note.textContent(), { timeout: 60_000 }).toMatch(/Attention and occlusion: .* \(Kendall’s τ −?\d\.\d\d over 25 cells\)/)
    const occluded = await darkness()
    expect(Math.max(...occluded) - Math.min(...occluded)).toBeGreaterThan(100)
    expect(occluded).not.toEqual(attended)
    await look('occlusion')
    await press('ArrowLeft')
    await expect.poll(() => note.textContent()).toContain('% sure of')
    await press('Tab')
    await press('Enter')
    const tree = running.window.getByRole('tree', { name: 'What the search considered' })
    await tree.waitFor({ timeout: 60_000 })
    const best = tree.getByRole('treeitem').filter({ hasText: 'on the way to the best' })
    const written = (await best.locator('.title').allTextContents()).map((word) => word.trim())
    expect(written).toEqual([...candidate.trim().split(' '), '(end of the caption)'])
    const logProbability = await running.window.locator('button.candidate.chosen .log').textContent()
    expect(await best.last().innerText()).toContain(/−\d+\.\d+/.exec(logProbability ?? '')?.[0])
    // Walked by keys: the best caption’s first word, opened already, closes and opens again.
    const first = best.first()
    await expect.poll(() => first.evaluate((row) => row === document.activeElement)).toBe(true)
    const open = await tree.getByRole('treeitem').count()
    await press('ArrowLeft')
    await expect.poll(() => tree.getByRole('treeitem').count()).toBeLessThan(open)
    await press('ArrowRight')
    await expect.poll(() => tree.getByRole('treeitem').count()).toBe(open)
    await look('beam-tree')
    await press('Escape')
    await tree.waitFor({ state: 'detached' })
    await press('2')
    const [second] = await running.window.locator('button.candidate.chosen .text').allTextContents()
    await expect.poll(async () => (await words.getByRole('radio').allTextContents()).map((word) => word.trim()).join(' ')).toBe(`All ${second.trim()}`)
    const before = await running.window.getByRole('heading', { level: 1 }).textContent()
    await press('j')
    await expect.poll(() => running.window.getByRole('heading', { level: 1 }).textContent()).not.toBe(before)
    await words.waitFor()
    await press('l')
    await words.waitFor({ state: 'detached' })
  })

  test('one click fine-tunes', async () => {
    await press('Control+3')
    await running.window.getByRole('button', { name: 'Start training' }).click()
    const training = async () => (await callVerb(running.window, 'jobs.list')).find(({ kind, state }) => kind === 'train' && state === 'running')
    await expect.poll(async () => (await training())?.done ?? 0, { timeout: 60_000 }).toBeGreaterThan(0)
    const job = await training()
    if (job !== undefined) await callVerb(running.window, 'jobs.cancel', { jobId: job.id, keep: false })
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })
})
