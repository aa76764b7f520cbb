/** A look by occlusion that nobody waits for any more, in the real window over the sample. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toReport } from '#shared/errors.ts'
import { callVerb, openSample, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { look as lookAt } from '../support/look.ts'

describe('a look by occlusion', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-occlusion-'))
    running = await startApp(join(folder, 'user'))
    await openSample(running)
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const look = (name: string): Promise<void> => lookAt(running, `occlusion-${name}`)

  test('ends when nobody waits for it; attention stays, and asked again it is there', async () => {
    const { window } = running
    await window.getByRole('link', { name: 'Review' }).click()
    await window.locator('button.candidate').first().waitFor()
    await window.keyboard.press('l')
    const words = window.getByRole('radiogroup', { name: 'Word' })
    await words.waitFor({ timeout: 60_000 })
    const by = window.getByRole('radiogroup', { name: 'What the image is lit by' })
    const note = window.getByRole('group', { name: 'Where the captioner looked' })
    const told = note.locator('[aria-live]')
    await expect.poll(() => told.innerText()).toMatch(/.+/)
    const attended = await told.innerText()
    const [caption] = await window.locator('button.candidate.chosen .text').allTextContents()
    const imageId = Number((await window.locator('.stage img.image').getAttribute('src'))?.split('/').at(-1))
    const { candidates } = await callVerb(window, 'images.get', { imageId })
    const candidate = candidates.find(({ text }) => text === caption.trim())
    const about = { modelId: candidate?.modelId ?? '', imageId, text: caption.trim() }
    const occlusion = callVerb(window, 'attention.occlusion', about).then(
      () => 'found',
      (error: unknown) => toReport(error).code,
    )
    // Right away: this captioner reads so few cells that a click would come too late.
    await callVerb(window, 'attention.stopOcclusion')
    expect(await occlusion).toBe('cancelled')
    expect(await told.innerText()).toBe(attended)
    const { words: attendedWords } = await callVerb(window, 'attention.ofCaption', about)
    expect((await callVerb(window, 'attention.occlusion', about)).words).toHaveLength(attendedWords.length)
    await by.getByRole('radio', { name: 'Occlusion' }).click()
    await expect.poll(() => note.textContent(), { timeout: 60_000 }).toMatch(/over 25 cells\)/)
    await look('occlusion-asked-again')
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })
})
