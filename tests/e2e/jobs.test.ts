import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Job } from '#shared/jobs.ts'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { writeCaptionedPhotos } from '../support/captioned-photos.ts'

describe('jobs', () => {
  let running: RunningApp
  let folder: string
  let modelId: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-jobs-'))
    const { captions, images } = await writeCaptionedPhotos(join(folder, 'photos'), 40, 0)
    running = await startApp(join(folder, 'user'))
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Jobs' })
    const job = await callVerb(running.window, 'imports.start', { kind: 'captions', file: captions, imageRoot: images })
    await finished(running.window, job.id)
    const [model] = await callVerb(running.window, 'models.list')
    modelId = model.id
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const startCaptioning = (): Promise<Job> => callVerb(running.window, 'captioning.start', { modelId, scope: {}, beam: 1, again: true })
  const jobOf = async (jobId: number): Promise<Job | undefined> => (await callVerb(running.window, 'jobs.list')).find(({ id }) => id === jobId)
  const processOf = (kind: string): Promise<number | undefined> =>
    running.app.evaluate(({ app }, name) => app.getAppMetrics().find((metric) => metric.name === `Capstan ${name}`)?.pid, kind)
  const atWork = async (): Promise<number> => {
    await expect.poll(() => processOf('caption'), { timeout: 60_000, interval: 50 }).toBeTypeOf('number')
    return (await processOf('caption')) ?? 0
  }

  test('an export as ONNX starts by itself in a window where nothing else runs', async () => {
    const target = join(folder, 'exported')
    await running.app.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath })
    }, target)
    await callVerb(running.window, 'dialog.chooseSaveFile', { title: 'Export', suggestion: 'exported' })
    const job = await callVerb(running.window, 'models.exportOnnx', { modelId, folder: target })
    expect(await finished(running.window, job.id)).toMatchObject({ state: 'done', attempts: 1 })
    expect(await readdir(target)).toContain('caption.mjs')
  })

  test('a captioning job whose process is killed is tried once more and finishes; the window stays', async () => {
    const job = await startCaptioning()
    process.kill(await atWork(), 'SIGKILL')
    expect(await finished(running.window, job.id)).toMatchObject({ state: 'done', attempts: 2, error: null })
    expect(running.app.windows()).toHaveLength(1)
  })

  test('a captioning job that is paused waits, and goes on when it is resumed', async () => {
    const job = await startCaptioning()
    await atWork()
    expect(await callVerb(running.window, 'jobs.pause', { jobId: job.id })).toMatchObject({ state: 'paused' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(await jobOf(job.id)).toMatchObject({ state: 'paused' })
    await callVerb(running.window, 'jobs.resume', { jobId: job.id })
    expect(await finished(running.window, job.id)).toMatchObject({ state: 'done', attempts: 1 })
  })

  test('a captioning job that is cancelled ends as cancelled, and its process is gone', async () => {
    const job = await startCaptioning()
    await atWork()
    expect(await callVerb(running.window, 'jobs.cancel', { jobId: job.id, keep: false })).toMatchObject({ state: 'cancelled' })
    await expect.poll(() => processOf('caption'), { timeout: 10_000 }).toBeUndefined()
  })

  test('a captioning job goes on by itself when the app was killed and the workspace is opened again', async () => {
    const job = await startCaptioning()
    await atWork()
    const gone = new Promise((resolve) => running.app.process().once('exit', resolve))
    process.kill(running.pid, 'SIGKILL')
    await gone
    running = await startApp(join(folder, 'user'))
    await callVerb(running.window, 'workspace.open', { folder: join(folder, 'workspace') })
    expect(await finished(running.window, job.id)).toMatchObject({ state: 'done' })
    const ids = await callVerb(running.window, 'library.ids', { filter: { captioned: 'yes' }, sort: {} })
    expect(ids).toHaveLength(40)
  })
})
