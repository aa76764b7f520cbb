import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'

describe('a workspace in the app', () => {
  let running: RunningApp
  let folder: string
  let scenes: Awaited<ReturnType<typeof writeScenes>>

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-workspace-'))
    scenes = await writeScenes(join(folder, 'scenes'), 8, 1)
    running = await startApp(join(folder, 'user'))
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const ids = (): Promise<number[]> => callVerb(running.window, 'library.ids', { filter: {}, sort: {} })

  test('there is none at first, and verbs that need one say so', async () => {
    expect(await callVerb(running.window, 'workspace.current')).toBeNull()
    await expect(callVerb(running.window, 'library.facets')).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('is made, filled by an import job, and shows its images', async () => {
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Trial' })
    const job = await callVerb(running.window, 'imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images, split: 'dev' })
    await finished(running.window, job.id)
    const imageIds = await ids()
    expect(imageIds).toHaveLength(8)
    const detail = await callVerb(running.window, 'images.get', { imageId: imageIds[0] })
    expect(detail.references).toHaveLength(5)
  })

  test('serves images and thumbnails to the page by id', async () => {
    const [imageId] = await ids()
    const opening = (await callVerb(running.window, 'workspace.current'))?.opening ?? 0
    const sizes = await running.window.evaluate(async (place) => {
      const load = (address: string): Promise<number> =>
        new Promise((resolve, reject) => {
          const image = new Image()
          image.onload = () => resolve(image.naturalWidth)
          image.onerror = () => reject(new Error(`${address} did not load`))
          image.src = address
        })
      return [await load(`capstan-image://image/${place}`), await load(`capstan-image://thumbnail/${place}`)]
    }, `${opening}/${imageId}`)
    expect(sizes[0]).toBeGreaterThan(sizes[1])
    expect(sizes[1]).toBeGreaterThan(100)
  })

  test('an image that is not in it, or that another opening asks for, is not served', async () => {
    const [imageId] = await ids()
    const opening = (await callVerb(running.window, 'workspace.current'))?.opening ?? 0
    const loads = (place: string): Promise<unknown> =>
      running.window.evaluate(
        (address) =>
          new Promise((resolve) => {
            const image = new Image()
            image.onload = () => resolve(true)
            image.onerror = () => resolve(false)
            image.src = address
          }),
        `capstan-image://image/${place}`,
      )
    expect(await loads(`${opening}/${imageId}`)).toBe(true)
    expect(await loads(`${opening}/999999`)).toBe(false)
    expect(await loads(`${opening + 1}/${imageId}`)).toBe(false)
  })

  test('a malformed file imports nothing and the job says what is wrong', async () => {
    const file = join(folder, 'broken.json')
    await writeFile(file, '{"images": [{"id": 1}], "annotations": []}')
    const job = await callVerb(running.window, 'imports.start', { kind: 'captions', file, imageRoot: scenes.images, split: 'none' })
    await expect(finished(running.window, job.id)).rejects.toThrow(/file_name/)
    expect(await ids()).toHaveLength(8)
  })

  test('a correction is there after a restart, and the workspace is among the recent ones', async () => {
    const [imageId] = await ids()
    const {
      captions: [review],
    } = await callVerb(running.window, 'images.get', { imageId })
    const saved = await callVerb(running.window, 'review.decide', {
      imageId,
      slot: 0,
      expectedRevision: review.revision,
      decision: { kind: 'correct', candidateId: null, text: 'two dogs on a lawn', errorTypes: ['count'], rating: 4 },
    })
    expect(saved.state).toBe('corrected')
    await running.close()
    running = await startApp(join(folder, 'user'))
    const [recent] = await callVerb(running.window, 'workspace.recent')
    expect(recent).toMatchObject({ name: 'Trial', missing: false })
    await callVerb(running.window, 'workspace.open', { folder: recent.folder })
    const again = await callVerb(running.window, 'images.get', { imageId })
    expect(again.captions[0]).toMatchObject({ state: 'corrected', text: 'two dogs on a lawn', revision: saved.revision })
  })

  test('a killed workspace process is started again and keeps what was saved', async () => {
    const before = await callVerb(running.window, 'library.facets')
    const pid = await running.app.evaluate(({ app }) => app.getAppMetrics().find((metric) => metric.name === 'Capstan workspace')?.pid)
    expect(pid).toBeTypeOf('number')
    process.kill(pid ?? 0, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await callVerb(running.window, 'library.facets')).toEqual(before)
  })

  test('a provider is probed in a process of its own, and what really executed is told', async () => {
    const cpu = await callVerb(running.window, 'providers.probe', { provider: 'cpu' })
    expect(cpu).toMatchObject({ asked: 'cpu', executed: 'cpu' })
    expect(await callVerb(running.window, 'providers.status')).toMatchObject({ executed: 'cpu' })
    const tensorrt = await callVerb(running.window, 'providers.probe', { provider: 'tensorrt' })
    if (tensorrt.executed === null) expect(tensorrt.reason).not.toBe('')
    else expect(tensorrt.executed).toBe('tensorrt')
  })

  test('settings are changed one by one and survive a restart', async () => {
    await callVerb(running.window, 'settings.set', { author: 'Ada' })
    await callVerb(running.window, 'settings.set', { theme: 'dark' })
    await running.close()
    running = await startApp(join(folder, 'user'))
    expect(await callVerb(running.window, 'settings.get')).toMatchObject({ author: 'Ada', theme: 'dark', beam: 3 })
  })

  test('the window opens where it was and as large', async () => {
    const place = { x: 40, y: 30, width: 1100, height: 720 }
    const bounds = () => running.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0].getNormalBounds())
    await running.app.evaluate(({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0].setBounds(wanted), place)
    await expect.poll(bounds).toEqual(place)
    await running.close()
    running = await startApp(join(folder, 'user'))
    await expect.poll(bounds).toEqual(place)
  })
})
