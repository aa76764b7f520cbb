/** Nothing hangs and nothing runs unasked: blocking photos, stopped processes, a workspace with jobs of somebody else. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callVerb, finished, startApp, type RunningApp } from '../support/app.ts'
import { writeCaptionedPhotos } from '../support/captioned-photos.ts'

const photos = 12
let running: RunningApp
let folder: string
let images: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'capstan-hang-'))
  const written = await writeCaptionedPhotos(join(folder, 'photos'), photos, 0)
  images = written.images
  running = await startApp(join(folder, 'user'))
  await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Hang' })
  const job = await callVerb(running.window, 'imports.start', { kind: 'captions', file: written.captions, imageRoot: images })
  await finished(running.window, job.id)
  const [imageId] = await callVerb(running.window, 'library.ids', { filter: {}, sort: {} })
  const {
    captions: [review],
  } = await callVerb(running.window, 'images.get', { imageId })
  const decision = { kind: 'correct' as const, text: 'a dog that waits', candidateId: null, errorTypes: [], rating: null }
  await callVerb(running.window, 'review.decide', { imageId, slot: 0, expectedRevision: review.revision, decision })
})
afterAll(async () => {
  await running.close().catch(() => undefined)
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
})

/** Whether the page gets to see a picture. */
const shown = (kind: 'image' | 'thumbnail', opening: number, imageId: number): Promise<boolean> =>
  running.window.evaluate(
    (address) =>
      new Promise<boolean>((resolve) => {
        const picture = new Image()
        picture.onload = () => resolve(true)
        picture.onerror = () => resolve(false)
        picture.src = address
      }),
    `capstan-image://${kind}/${opening}/${imageId}`,
  )

/** The dialog for saving answers with this path. */
const pointAt = (path: string): Promise<void> =>
  running.app.evaluate(({ dialog }, chosen) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
  }, path)

const openFiles = (): number => readdirSync(`/proc/${running.pid}/fd`).length

test('eight photos that became pipes stop neither other photos nor settings', async () => {
  const { opening } = (await callVerb(running.window, 'workspace.current'))!
  const ids = await callVerb(running.window, 'library.ids', { filter: {}, sort: {} })
  const rows = await callVerb(running.window, 'library.rows', { imageIds: ids, modelId: null, metric: 'CIDEr' })
  for (const { fileName } of rows.slice(0, 8)) {
    const path = join(images, fileName)
    rmSync(path)
    execFileSync('mkfifo', [path])
  }
  const began = performance.now()
  const blocked = Promise.all(ids.slice(0, 8).flatMap((id) => [shown('image', opening, id), shown('thumbnail', opening, id)]))
  expect(await Promise.all(ids.slice(8).flatMap((id) => [shown('image', opening, id), shown('thumbnail', opening, id)]))).toEqual(Array(8).fill(true))
  await callVerb(running.window, 'settings.set', { author: 'Ada' })
  expect(await blocked).toEqual(Array(16).fill(false))
  expect(performance.now() - began).toBeLessThan(20_000)
})

test('an export goes only where the dialog for saving pointed', async () => {
  const file = join(folder, 'exported.json')
  const wanted = { what: 'reviewed' as const, modelId: null, set: 'all' as const, file }
  await expect(callVerb(running.window, 'exports.start', wanted)).rejects.toMatchObject({ code: 'not-permitted' })
  await expect(callVerb(running.window, 'models.exportOnnx', { modelId: 'base-captioner', folder: join(folder, 'onnx') })).rejects.toMatchObject({
    code: 'not-permitted',
  })
  await pointAt(file)
  await callVerb(running.window, 'dialog.chooseSaveFile', { title: 'Export as', suggestion: 'exported.json' })
  const job = await callVerb(running.window, 'exports.start', wanted)
  await finished(running.window, job.id)
  expect(existsSync(file)).toBe(true)
})

test('main keeps no file open for jobs that are through', async () => {
  const file = join(folder, 'again.json')
  await pointAt(file)
  await callVerb(running.window, 'dialog.chooseSaveFile', { title: 'Export as', suggestion: 'again.json' })
  const run = async (): Promise<void> => {
    const job = await callVerb(running.window, 'exports.start', { what: 'reviewed', modelId: null, set: 'all', file, replace: true })
    await finished(running.window, job.id)
  }
  await run()
  await expect.poll(openFiles, { timeout: 5000 }).toBeGreaterThan(0)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const before = openFiles()
  for (let count = 0; count < 8; count++) await run()
  await expect.poll(openFiles, { timeout: 10_000 }).toBeLessThanOrEqual(before + 2)
})

test('a workspace with another person’s job waits for a word; one’s own photos elsewhere are asked for', async () => {
  await callVerb(running.window, 'workspace.close')
  const received = join(folder, 'received')
  renameSync(join(folder, 'workspace'), received)
  const file = join(folder, 'profile')
  writeFileSync(file, 'a start-up file')
  const input = JSON.stringify({ kind: 'export', what: 'reviewed', modelId: null, set: 'all', file, replace: true })
  execFileSync(process.execPath, [
    '-e',
    `const S=require('better-sqlite3');const d=new S(process.argv[1]);d.prepare("INSERT INTO job (kind,title,state,input,message,created_at) VALUES ('export','Export corrections','queued',?,'Waiting','2026-01-01')").run(process.argv[2]);d.close()`,
    join(received, 'workspace.db'),
    input,
  ])
  const asked = running.app.evaluate(
    ({ dialog }) =>
      new Promise<string>((resolve) => {
        dialog.showMessageBox = (...given: unknown[]) => {
          resolve(JSON.stringify(given.at(-1)))
          return Promise.resolve({ response: 0, checkboxChecked: false })
        }
      }),
  )
  const { opening } = await callVerb(running.window, 'workspace.open', { folder: received })
  expect(await asked).toContain(images)
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(readFileSync(file, 'utf8')).toBe('a start-up file')
  const [job] = await callVerb(running.window, 'jobs.list')
  expect(job).toMatchObject({
    state: 'paused',
    message: expect.stringContaining(`It writes captions to ${file}, in place of the file that is there.`) as string,
  })
  await running.window.getByRole('link', { name: /jobs/i }).first().click()
  await running.window.getByText('Queued elsewhere').waitFor()
  await running.screenshot('hang-held-job')
  const ids = await callVerb(running.window, 'library.ids', { filter: {}, sort: {} })
  await expect.poll(() => shown('image', opening, ids.at(-1)!), { timeout: 10_000 }).toBe(true)
  await callVerb(running.window, 'jobs.resume', { jobId: job.id })
  await finished(running.window, job.id)
  expect(readFileSync(file, 'utf8')).not.toBe('a start-up file')
})

test('adding an encoder that never answers is cancelled with its dialog; the next question is answered', async () => {
  const vision = async (): Promise<number[]> =>
    running.app.evaluate(({ app }) => app.getAppMetrics().flatMap(({ pid, name }) => (name === 'Capstan vision' ? [pid] : [])))
  await callVerb(running.window, 'encoders.list')
  const [stopped] = await vision()
  process.kill(stopped, 'SIGSTOP')
  await running.window
    .getByRole('link', { name: /models/i })
    .first()
    .click()
  await running.window.getByRole('tab', { name: 'Encoders' }).click()
  await running.window.getByRole('button', { name: 'Add an encoder' }).click()
  const dialog = running.window.getByRole('dialog')
  await dialog.getByLabel('Where it is').fill(join(folder, 'endless.onnx'))
  await dialog.getByRole('button', { name: 'Add it' }).click()
  await dialog.getByText('Reading and testing it').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await running.window.getByText('The encoder was not added').first().waitFor()
  expect((await callVerb(running.window, 'encoders.list')).encoders.length).toBeGreaterThan(0)
  expect(await vision()).not.toContain(stopped)
})

test('quitting waits for no process that was stopped', async () => {
  const stopped = await running.app.evaluate(({ app }) => app.getAppMetrics().flatMap(({ pid, name }) => (name?.startsWith('Capstan ') === true ? [pid] : [])))
  expect(stopped.length).toBeGreaterThan(0)
  for (const pid of stopped) process.kill(pid, 'SIGSTOP')
  const gone = new Promise((resolve) => running.app.process().once('exit', resolve))
  const began = performance.now()
  await running.app.evaluate(({ app }) => void setTimeout(() => app.quit(), 0)).catch(() => undefined)
  await gone
  // Main gives up after five seconds of its own; a stopped process would be waited for without end.
  expect(performance.now() - began).toBeLessThan(20_000)
  const lives = (pid: number): boolean => existsSync(`/proc/${pid}/status`) && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  await expect.poll(() => stopped.filter(lives), { timeout: 20_000 }).toEqual([])
})
