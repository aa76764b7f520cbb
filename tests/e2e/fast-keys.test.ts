/** Keys and typing faster than anybody, in the real window: every text must end up on the image that was in sight when it was typed. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'

const images = 24
const rounds = 400

let running: RunningApp
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-keys-'))
  const scenes = await writeScenes(join(folder, 'scenes'), images, 3)
  running = await startApp(join(folder, 'user'))
  await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Keys' })
  const job = await callVerb(running.window, 'imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images, split: 'dev' })
  await finished(running.window, job.id)
})
afterAll(async () => {
  await running.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** Types into whatever editor is in sight the number of the image in sight, then presses a key at random; often without a pause. */
async function hammer(): Promise<{ typed: number; walked: number }> {
  return running.window.evaluate(async (turns) => {
    let seed = 7
    const dice = (sides: number): number => {
      seed = (seed * 48271) % 2147483647
      return seed % sides
    }
    const press = (key: string, ctrlKey = false): void => {
      const target = document.activeElement ?? document.body
      target.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true }))
    }
    let typed = 0
    let walked = 0
    for (let turn = 0; turn < turns; turn += 1) {
      const source = document.querySelector<HTMLImageElement>('.stage img.image')?.src ?? ''
      const editor = document.querySelector<HTMLTextAreaElement>('.side textarea')
      const imageId = /image\/\d+\/(\d+)$/.exec(source)?.[1]
      if (editor !== null && imageId !== undefined && dice(3) > 0) {
        editor.focus()
        editor.value = `turn ${turn} of image ${imageId}`
        editor.dispatchEvent(new Event('input', { bubbles: true }))
        typed += 1
        if (dice(2) === 0) press('Enter', true)
        else editor.blur()
      } else (document.activeElement as HTMLElement | null)?.blur()
      walked += 1
      press(['ArrowRight', 'ArrowRight', 'ArrowLeft', 'j', 'n', 's'][dice(6)])
      if (dice(3) === 0) await new Promise((resolve) => setTimeout(resolve, dice(30)))
      else if (dice(2) === 0) await Promise.resolve()
    }
    return { typed, walked }
  }, rounds)
}

test('no text lands on another image', async () => {
  await running.window.keyboard.press('Control+2')
  await running.window.locator('.side textarea').waitFor()
  const { typed, walked } = await hammer()
  expect(walked).toBe(rounds)
  expect(typed).toBeGreaterThan(rounds / 10)
  // All saves are through once the window is on another view and the status says nothing is pending.
  await running.window.keyboard.press('Escape')
  await running.window.keyboard.press('Control+1')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  await running.close()

  const database = new Database(join(folder, 'workspace', 'workspace.db'), { readonly: true })
  try {
    const rows = z.array(z.object({ image_id: z.number(), text: z.string() }))
    const corrections = rows.parse(database.prepare('SELECT image_id, text FROM correction').all())
    const standing = rows.parse(database.prepare('SELECT image_id, text FROM review WHERE text IS NOT NULL').all())
    expect(corrections.length).toBeGreaterThan(5)
    expect(standing.length).toBeGreaterThan(5)
    const strayed = [...corrections, ...standing].filter(({ image_id, text }) => text.includes('of image') && !text.endsWith(`of image ${image_id}`))
    expect(strayed).toEqual([])
  } finally {
    database.close()
  }
  running = await startApp(join(folder, 'user'))
})

test('buttons with an icon do what their keys do', async () => {
  const { window } = running
  await callVerb(window, 'workspace.open', { folder: join(folder, 'workspace') })
  await window.locator('[role=option]').first().waitFor()
  const firstName = window.locator('[role=option] .name').first()
  await expect.poll(() => firstName.textContent()).toContain('00001')
  await window.getByRole('button', { name: /^Ascending/ }).click()
  await expect.poll(() => firstName.textContent()).toContain(`000${images}`)
  await window.keyboard.press('Control+2')
  const title = window.locator('.head .title')
  await window.locator('.side textarea').waitFor()
  const before = await title.textContent()
  await window.getByRole('button', { name: 'Next image' }).click()
  await expect.poll(() => title.textContent()).not.toBe(before)
  await window.getByRole('button', { name: 'Image before' }).click()
  await expect.poll(() => title.textContent()).toBe(before)
})
