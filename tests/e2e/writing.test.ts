/** Completion, spelling and snippets in the real editor, typed key by key. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { callVerb, finished, startApp, type RunningApp } from '../support/app.ts'

let running: RunningApp
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-writing-'))
  const scenes = await writeScenes(join(folder, 'scenes'), 12, 3)
  running = await startApp(join(folder, 'user'))
  await callVerb(running.window, 'settings.set', { snippets: { ppl: 'a group of people' } })
  await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Writing' })
  const job = await callVerb(running.window, 'imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images, split: 'train' })
  await finished(running.window, job.id)
})
afterAll(async () => {
  await running.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

const textIn = (): Promise<string> => running.window.locator('.side textarea').inputValue()

test('keys take over the next word or all of what is offered, and snippets stand for their texts', async () => {
  const { window } = running
  const imageId = (await callVerb(window, 'library.ids', { filter: {}, sort: {} }))[0]
  const [reference] = (await callVerb(window, 'images.get', { imageId })).references
  const [first, second] = reference.text.split(' ')
  await window.keyboard.press('Control+2')
  await window.locator('.side textarea').waitFor()
  await expect.poll(() => callVerb(window, 'writing.complete', { imageId, before: `${first} ${second.slice(0, 1)}` })).not.toBeNull()
  await window.keyboard.press('e')
  await window.keyboard.type(`${first} ${second.slice(0, 1)}`)
  const offered = window.locator('.layer .next')
  await offered.waitFor()
  const rest = (await offered.textContent()) ?? ''
  const before = await textIn()
  await window.keyboard.press('Control+ArrowRight')
  const word = await textIn()
  expect(word.length).toBeGreaterThan(before.length)
  expect(`${before}${rest}`.startsWith(word)).toBe(true)
  await offered.waitFor()
  const all = `${word}${(await offered.textContent()) ?? ''}`
  await window.keyboard.press('Tab')
  expect(await textIn()).toBe(all)
  await window.keyboard.type(' with ppl ')
  expect(await textIn()).toBe(`${all} with a group of people `)
})

test('an unknown word is marked, replaced by a key, or added to the project', async () => {
  const { window } = running
  await window.keyboard.press('Control+a')
  await window.keyboard.type('a snowbording quokka')
  const marked = window.locator('.layer .unknown')
  await expect.poll(() => marked.allTextContents()).toEqual(['snowbording', 'quokka'])
  await running.screenshot('writing')
  await window.keyboard.press('Control+.')
  await window.getByRole('option', { name: 'Add “quokka”' }).waitFor()
  await window.keyboard.press('ArrowUp')
  await window.keyboard.press('Enter')
  await expect.poll(() => marked.allTextContents()).toEqual(['snowbording'])
  await window.keyboard.press('Control+.')
  await window.getByRole('option', { name: 'snowboarding' }).waitFor()
  await running.screenshot('writing-menu')
  await window.keyboard.press('Enter')
  await expect.poll(textIn).toBe('a snowboarding quokka')
  await expect.poll(() => marked.count()).toBe(0)
  // Typing's own undo takes the replacement back.
  await window.keyboard.press('Control+z')
  expect(await textIn()).toBe('a snowbording quokka')
})

test('the Library finds captions by people with unknown words, and the project’s words can be taken out in Settings', async () => {
  const { window } = running
  await expect.poll(() => callVerb(window, 'library.ids', { filter: { unknownWords: true }, sort: {} }).then((ids) => ids.length)).toBe(1)
  await window.getByRole('link', { name: 'Settings' }).click()
  await window.getByRole('button', { name: 'Forget the word quokka' }).click()
  await expect.poll(() => callVerb(window, 'writing.words')).toEqual([])
  await running.screenshot('writing-settings')
})
