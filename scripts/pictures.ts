/**
 * `npm run pictures`: the README's pictures. Drives the real app through the loop over a copy of the sample that ships and keeps seven views of
 * 1280 × 800 as `docs/pictures/<n>-<name>.webp`.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { callVerb, startApp } from '../tests/support/app.ts'
import type { RunningApp } from '../tests/support/app.ts'
import { projectFolder } from './paths.ts'
import { withDisplay } from './electron/virtual-display.ts'

const size = { width: 1280, height: 800 }
const pictureFolder = join(projectFolder, 'docs', 'pictures')

async function takePictures(running: RunningApp): Promise<void> {
  const { window } = running
  const press = (key: string): Promise<void> => window.keyboard.press(key)
  const keep = async (name: string): Promise<void> => {
    for (const notice of await window.getByRole('button', { name: 'Dismiss' }).all()) await notice.click({ timeout: 2000 }).catch(() => undefined) // it may go by itself
    await window.mouse.move(size.width - 1, size.height - 1)
    await window.waitForTimeout(1500) // pictures are loaded, notices and transitions are through
    // Asked from outside: the page's own rules forbid what waits inside it. Images below the fold are not loaded, and not in the picture.
    const loaded = '[...document.images].every((image) => image.complete || image.getBoundingClientRect().top > innerHeight)'
    while (!(await window.evaluate(loaded))) await window.waitForTimeout(100)
    const picture = await sharp(await window.screenshot())
      .webp({ quality: 88, smartSubsample: true, effort: 6 })
      .toBuffer()
    await writeFile(join(pictureFolder, `${name}.webp`), picture)
    say(`${name}.webp, ${Math.round(picture.length / 1024)} KiB`)
  }
  await press('Control+1')
  await window.locator('[role=option] img').first().waitFor()
  await keep('1-library')

  await press('Control+2')
  await window.locator('button.candidate').first().waitFor()
  await press('n')
  await window.locator('button.candidate').first().waitFor()
  const imageId = Number((await window.locator('.stage img.image').getAttribute('src'))?.split('/').at(-1))
  const { references } = await callVerb(window, 'images.get', { imageId })
  await press('r')
  await press('e')
  await press('Control+a')
  await window.keyboard.type(references[0]?.text ?? '')
  await press('Alt+1')
  await keep('2-review')
  await press('Escape')

  await press('Control+5')
  await window.getByRole('table').first().waitFor()
  await keep('3-evaluate')

  await press('Control+6')
  await window.getByRole('heading', { name: 'Worst captions' }).waitFor()
  await keep('4-failures')

  await press('Control+3')
  await window.getByRole('heading', { level: 1, name: 'Train' }).waitFor()
  await window.evaluate(`document.querySelector('article.run')?.scrollIntoView({ block: 'start' })`)
  await keep('5-train')

  await press('Control+4')
  await window.getByText('after the first snow').first().click()
  await window.getByRole('tab', { name: 'Compare' }).click()
  await window.getByRole('button', { name: 'Compare' }).click()
  await window.getByRole('region', { name: 'Scores of both' }).waitFor()
  await keep('6-compare')

  // What the sample's captioner was never shown, found by itself and followed to the model that learned from its corrections.
  const followed = { modelId: 'scene-captioner', set: 'all', metric: 'CIDEr' } as const
  const found = await callVerb(window, 'slices.find', { ...followed, most: 1 })
  const filters = found?.slices[0]?.filters.slice(0, 1) ?? []
  await callVerb(window, 'cases.open', { ...followed, filters, name: 'Snow', note: 'Training never showed it snow.' })
  await window.getByRole('link', { name: 'Cases' }).click()
  await window.getByRole('button', { name: 'Open the case Snow' }).click()
  await window.getByRole('heading', { name: 'Before and after' }).waitFor()
  await window.getByRole('listitem', { name: 'Corrected' }).scrollIntoViewIfNeeded()
  await window.evaluate(`document.querySelector('[aria-label="Found"]')?.scrollIntoView({ block: 'start' })`)
  await keep('7-case')
}

async function pictures(folder: string): Promise<void> {
  const running = await startApp(join(folder, 'user'))
  try {
    await running.app.evaluate(({ BrowserWindow }, { width, height }) => BrowserWindow.getAllWindows()[0]?.setContentSize(width, height), size)
    await callVerb(running.window, 'settings.set', { author: 'Ada', theme: 'light' })
    await callVerb(running.window, 'workspace.openSample', { fresh: false })
    await mkdir(pictureFolder, { recursive: true })
    await takePictures(running)
  } finally {
    await running.close()
  }
}

function say(what: string): void {
  console.log(what)
}

const folder = await mkdtemp(join(tmpdir(), 'capstan-pictures-'))
try {
  await withDisplay(() => pictures(folder))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}
