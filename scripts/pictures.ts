/**
 * `npm run pictures`: the README's pictures. Drives the real app over drawn scenes through the whole loop and keeps six views of 1280 × 800 as
 * `docs/pictures/<n>-<name>.webp`. Seeded: only dates and measured times differ from run to run.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { callVerb, finished, startApp } from '../tests/support/app.ts'
import type { RunningApp } from '../tests/support/app.ts'
import { projectFolder } from './paths.ts'
import { withDisplay } from './virtual-display.ts'

const size = { width: 1280, height: 800 }
const scenes = 36
const judged = 12
const pictureFolder = join(projectFolder, 'docs', 'pictures')

/**
 * Fills a new workspace: scenes imported and captioned, every second one to train on and all to judge by corrected with one of
 * their true captions, a fine-tuning run, scores.
 */
async function fillWorkspace({ window }: RunningApp, folder: string): Promise<void> {
  await callVerb(window, 'settings.set', { author: 'Ada', theme: 'light' })
  await callVerb(window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Scenes' })
  say('importing')
  for (const [split, count, seed] of [['train', scenes, 101], ['dev', judged, 901]] as const) {
    const written = await writeScenes(join(folder, split), count, seed)
    await finished(window, (await callVerb(window, 'imports.start', { kind: 'coco', file: written.captions, imageRoot: written.images, split })).id)
  }
  const [model] = await callVerb(window, 'models.list')
  if (model === undefined) throw new Error('No captioner lies in models/.')
  say(`captioning with ${model.name}`)
  await finished(window, (await callVerb(window, 'captioning.start', { modelId: model.id, scope: {}, beam: 3, again: false })).id)
  say('scoring')
  await finished(window, (await callVerb(window, 'scores.start', { modelId: model.id, set: 'dev', beam: 3 })).id)
  await review(window)
  say('training')
  const { id: snapshotId } = await callVerb(window, 'snapshots.create', { name: 'First corrections', heldOut: 0.25 })
  const training = await callVerb(window, 'training.start', {
    parentModelId: model.id,
    snapshotId,
    name: 'Scenes 1',
    recipe: { parts: 'decoder', epochs: 5, learningRate: 2e-4, heldOut: 0.25, patience: 6 },
  })
  const { result } = await finished(window, training.id)
  say('scoring again')
  await finished(window, (await callVerb(window, 'scores.start', { modelId: String(result['modelId']), set: 'dev', beam: 3 })).id)
}

async function review(window: Page): Promise<void> {
  const ids = await callVerb(window, 'library.ids', { filter: {}, sort: {} })
  for (const [index, imageId] of ids.entries()) {
    const { review: standing, references, candidates, split } = await callVerb(window, 'images.get', { imageId })
    const candidateId = candidates[0]?.id ?? null
    const text = references[index % references.length]?.text ?? ''
    if ((split === 'dev' || index % 2 === 0) && text !== '') {
      const decision = { kind: 'correct' as const, candidateId, text, errorTypes: ['object' as const], rating: 2 }
      await callVerb(window, 'review.decide', { imageId, expectedRevision: standing.revision, decision })
    } else if (index % 10 === 9) await callVerb(window, 'review.decide', { imageId, expectedRevision: standing.revision, decision: { kind: 'skip' } })
  }
}

async function takePictures(running: RunningApp): Promise<void> {
  const { window } = running
  const press = (key: string): Promise<void> => window.keyboard.press(key)
  const keep = async (name: string): Promise<void> => {
    for (const notice of await window.getByRole('button', { name: 'Dismiss' }).all()) await notice.click({ timeout: 2000 }).catch(() => undefined) // it may go by itself
    await window.mouse.move(size.width - 1, size.height - 1)
    await window.waitForTimeout(1500) // pictures are loaded, notices and transitions are through
    await window.waitForFunction('[...document.images].every((image) => image.complete)')
    const picture = await sharp(await window.screenshot()).webp({ quality: 88, smartSubsample: true, effort: 6 }).toBuffer()
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

  await press('Control+3')
  await window.getByRole('heading', { level: 1, name: 'Train' }).waitFor()
  await window.evaluate(`document.querySelector('article.run')?.scrollIntoView({ block: 'start' })`)
  await keep('3-train')

  await press('Control+4')
  await window.getByText('Scenes 1').first().click()
  await window.getByRole('tab', { name: 'Compare' }).click()
  await window.getByRole('button', { name: 'Compare' }).click()
  await window.getByRole('region', { name: 'Scores of both' }).waitFor()
  await keep('4-compare')

  await window.getByRole('tab', { name: 'Model', exact: true }).click()
  await keep('5-models')

  await press('Control+5')
  await window.getByRole('table').first().waitFor()
  await keep('6-evaluate')
}

async function pictures(folder: string): Promise<void> {
  const running = await startApp(join(folder, 'user'))
  try {
    await running.app.evaluate(({ BrowserWindow }, { width, height }) => BrowserWindow.getAllWindows()[0]?.setContentSize(width, height), size)
    await fillWorkspace(running, folder)
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
