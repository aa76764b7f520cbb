import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'

const photos = 300

describe('the decoder of photos', () => {
  let running: RunningApp
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-decoder-'))
    const noise = sharp({ create: { width: 1200, height: 900, channels: 3, background: 'gray', noise: { type: 'gaussian', mean: 128, sigma: 40 } } })
    const jpeg = await noise.jpeg().toBuffer()
    const trailing = (number: number): Buffer => Buffer.concat([jpeg, Buffer.from(String(number))]) // each a content of its own
    await mkdir(join(folder, 'photos'))
    await Promise.all(Array.from({ length: photos }, (_, number) => writeFile(join(folder, 'photos', `${number}.jpg`), trailing(number))))
    running = await startApp(join(folder, 'user'))
    await callVerb(running.window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Decoder' })
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const processOf = (name: string): Promise<number | undefined> =>
    running.app.evaluate(({ app }, wanted) => app.getAppMetrics().find((metric) => metric.name === `Capstan ${wanted}`)?.pid, name)

  test('works in a process of its own beside the job; where that is killed, the photos that it held are decoded by another one', async () => {
    const job = await callVerb(running.window, 'imports.start', { kind: 'folder', folder: join(folder, 'photos') })
    await expect.poll(() => processOf('photos of job'), { timeout: 60_000, interval: 20 }).toBeTypeOf('number')
    process.kill((await processOf('photos of job')) as number, 'SIGKILL')
    expect(await finished(running.window, job.id)).toMatchObject({ state: 'done', attempts: 1, failures: 0, done: photos })
  })

  test('ends with its job', async () => {
    await expect.poll(() => processOf('photos of job'), { timeout: 10_000 }).toBeUndefined()
  })
})
