/** The packaged app from a photo to a model that learned from it, as a user meets it: no project folder, no Node, no inspector. */
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ensureUnpacked } from '../../scripts/packaging/app-folder.ts'
import { packedFiles, packedPackages } from '../../scripts/packaging/archive.ts'
import { checkPacked } from '../../scripts/packaging/check.ts'
import { fuses, readFuses } from '../../scripts/packaging/fuses.ts'
import { callVerb, finished } from '../support/app.ts'
import { startPackagedApp } from '../support/packaged-app.ts'
import type { PipedApp } from '../support/piped-app.ts'
import { drawPictures } from '../support/pictures.ts'

/** Enough to fine-tune on, with some held out. */
const photos = 8

describe.runIf(process.platform === 'linux')('the packaged app', () => {
  let executable: string
  let resources: string
  let folder: string
  let running: PipedApp

  beforeAll(async () => {
    executable = await ensureUnpacked()
    resources = join(dirname(executable), 'resources')
    folder = await mkdtemp(join(tmpdir(), 'capstan-package-'))
    await mkdir(join(folder, 'photos'))
    await drawPictures(join(folder, 'photos'), photos)
    // both would open a door into the main process if their fuses were on
    running = await startPackagedApp(executable, join(folder, 'user'), {
      flags: ['--inspect=0'],
      environment: { NODE_OPTIONS: '--trace-warnings --stack-trace-limit=7' },
    })
    return async () => {
      await running.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  })

  const press = (key: string): Promise<void> => running.window.keyboard.press(key)
  const button = (name: string | RegExp) => running.window.getByRole('button', { name })
  const dialog = () => running.window.getByRole('dialog')
  const newestJob = async (kind: string) => {
    const ofKind = async () => (await callVerb(running.window, 'jobs.list')).filter((job) => job.kind === kind)
    await expect.poll(async () => (await ofKind()).length, { timeout: 30_000 }).toBeGreaterThan(0)
    const [newest] = (await ofKind()).sort((one, other) => other.id - one.id)
    return finished(running.window, newest.id)
  }

  test('has its fuses flipped', async () => {
    expect(await readFuses(executable)).toEqual(fuses('linux'))
    expect(running.output()).not.toContain('Debugger listening')
  })

  test('holds what it needs, for this platform only, with the licence of every package', async () => {
    await checkPacked(resources, { platform: process.platform, arch: process.arch })
    expect((await readdir(resources)).filter((name) => name === 'app' || name === 'default_app.asar')).toEqual([])
    expect(packedFiles(resources).filter(({ path }) => /^(src|tests|scripts)\/|\.map$/.test(path))).toEqual([])
    const licences = await readFile(join(resources, 'THIRD-PARTY.md'), 'utf8')
    for (const name of packedPackages(resources)) expect(licences).toContain(`| ${name.slice(name.lastIndexOf('node_modules/') + 'node_modules/'.length)} |`)
  })

  test('finds the captioner that ships, and its processes run', async () => {
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Packaged' })
    await running.window.getByText('No images yet').waitFor()
    expect((await callVerb(running.window, 'models.list')).map((model) => model.name)).not.toEqual([])
    expect(await callVerb(running.window, 'providers.probe', { provider: 'cpu' })).toMatchObject({ executed: 'cpu' })
  })

  test('imports photos and shows them', async () => {
    await press('Control+i')
    await dialog().getByLabel('Folder', { exact: true }).fill(join(folder, 'photos'))
    await press('Tab') // a path counts once its field is left
    await dialog().getByRole('button', { name: 'Import', exact: true }).click()
    await newestJob('import')
    await running.window.locator('img[src^="capstan-image://thumbnail/"]').first().waitFor()
  })

  test('captions them', async () => {
    await press('c')
    await dialog()
      .getByRole('button', { name: /^Caption/ })
      .click()
    await newestJob('caption')
    const imageIds = await callVerb(running.window, 'library.ids', { filter: {}, sort: {} })
    const rows = await callVerb(running.window, 'library.rows', { imageIds, modelId: null, metric: 'CIDEr' })
    expect(rows).toHaveLength(photos)
    for (const row of rows) expect(row.caption).toMatch(/\w+ \w+/)
    await running.screenshot('packaged-1-captioned')
  })

  test('keeps corrections and fine-tunes on them', async () => {
    await press('Control+2')
    for (const imageId of await callVerb(running.window, 'library.ids', { filter: {}, sort: {} })) {
      await running.window.locator(`img[src^="capstan-image://image/"][src$="/${imageId}"]`).waitFor()
      await running.window.getByRole('textbox', { name: 'Caption', exact: true }).waitFor()
      await press('e')
      await press('Control+a')
      await running.window.keyboard.type(`${imageId} bright circles on a pale ground`)
      await press('Control+Enter')
      await expect.poll(async () => (await callVerb(running.window, 'images.get', { imageId })).captions[0].state, { timeout: 10_000 }).toBe('corrected')
    }
    await press('Control+3')
    await button('Freeze a snapshot').click()
    await running.window.getByLabel('Snapshot to train on').waitFor()
    await button(/^Recipe/).click()
    await running.window.getByLabel('Epochs', { exact: true }).fill('1')
    await running.window.getByLabel('Name of the new model').fill('Learned')
    await button('Start training').click()
    const job = await newestJob('train')
    const { points } = await callVerb(running.window, 'training.curve', { jobId: job.id })
    expect(points.map((point) => point.step)).toContain(1)
    expect((await callVerb(running.window, 'models.list')).map((model) => model.name)).toContain('Learned')
    await running.screenshot('packaged-2-learned')
  })

  test('asked the network for nothing and ends when it is told to', async () => {
    expect(await callVerb(running.window, 'app.info')).toMatchObject({ networkRequests: 0 })
    expect(running.output()).not.toMatch(/Uncaught|UnhandledPromise|Cannot find (module|package)/)
    expect(await running.close()).toBe(0)
  })
})
