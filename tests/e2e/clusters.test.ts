/** Clusters of photos and of errors among found slices, in the real window: photos whose references do not say what they have in common. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { callVerb, finished, startApp } from '../support/app.ts'
import type { RunningApp } from '../support/app.ts'
import { look as lookAt } from '../support/look.ts'

const sample = join(import.meta.dirname, '../../resources/sample')
const captionsSchema = z.object({
  images: z.array(z.object({ id: z.number(), file_name: z.string() })),
  annotations: z.array(z.object({ image_id: z.number(), caption: z.string() })),
})
const names = ['ada', 'bob', 'cy', 'dan', 'eve', 'flo', 'gus']
const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday']

describe('clusters', () => {
  let running: RunningApp
  let folder: string
  let modelId: string

  /** The sample's photos, told in words that say nothing of the scene; in the snow the captions are all wrong, and alike. */
  async function importPhotos(): Promise<void> {
    const photos = join(folder, 'photos')
    await mkdir(photos)
    const { images, annotations } = captionsSchema.parse(JSON.parse(await readFile(join(sample, 'captions.json'), 'utf8')))
    const snowy = new Set(annotations.filter(({ caption }) => caption.includes('snow')).map((one) => one.image_id))
    await cp(join(sample, 'images'), photos, { recursive: true })
    const told = ({ id }: { id: number }): string => `drawn by ${names[id % names.length]} on a ${days[id % days.length]}`
    const captions = join(folder, 'captions.json')
    await writeFile(captions, JSON.stringify({ images, annotations: images.map((image) => ({ id: image.id, image_id: image.id, caption: told(image) })) }))
    const results = join(folder, 'results.json')
    const said = (image: { id: number }): string => (snowy.has(image.id) ? 'white sand at the sea' : told(image))
    await writeFile(results, JSON.stringify(images.map((image) => ({ image_id: image.id, caption: said(image) }))))
    const { window } = running
    await callVerb(window, 'workspace.create', { folder: join(folder, 'workspace'), name: 'Clusters' })
    await finished(window, (await callVerb(window, 'imports.start', { kind: 'captions', file: captions, imageRoot: photos, split: 'train' })).id)
    await finished(window, (await callVerb(window, 'imports.start', { kind: 'results', file: results, modelName: 'Blind to snow' })).id)
    modelId = (await callVerb(window, 'models.list')).find(({ name }) => name === 'Blind to snow')?.id ?? ''
    await finished(window, (await callVerb(window, 'scores.start', { modelId, set: 'all', beam: 3 })).id)
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'capstan-clusters-'))
    running = await startApp(join(folder, 'user'))
    await running.window.getByRole('heading', { level: 1, name: 'Capstan' }).waitFor()
    await importPhotos()
  })
  afterAll(async () => {
    await running.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  test('are found by a job on request, and stand among the slices that were found', async () => {
    const { window } = running
    await window.getByRole('link', { name: 'Failures' }).click()
    await window.getByLabel('Model', { exact: true }).selectOption(modelId)
    await window.getByLabel('Set', { exact: true }).selectOption('all')
    await window.getByRole('button', { name: 'Find where it is worst' }).click()
    await window.getByRole('button', { name: 'Find clusters, too' }).waitFor()
    const found = window.getByRole('region', { name: 'Slices that were found' })
    await found.waitFor()
    const row = found.getByRole('row').filter({ hasText: /(photos|errors) alike: / })
    const alike = row.getByRole('button')
    expect(await alike.count()).toBe(0)
    await window.getByRole('button', { name: 'Find clusters, too' }).click()
    await window.getByText(/and \d+ clusters? of photos and \d+ clusters? of errors/).waitFor({ timeout: 120_000 })
    await alike.first().waitFor()
    await alike.first().scrollIntoViewIfNeeded()
    await lookAt(running, 'clusters-found')
    const clusterings = await callVerb(window, 'slices.clusterings', { modelId, set: 'all' })
    expect(clusterings.map(({ basis, current }) => `${basis} ${current}`).sort()).toEqual(['differences true', 'photos true'])
    const images = await row.first().locator('.number').first().innerText()
    await alike.first().click()
    const left = window.getByRole('region', { name: 'What is left' })
    await expect.poll(() => left.getByRole('status').innerText()).toMatch(new RegExp(`^${/\d+/.exec(images)?.[0]} of 200 images`))
    expect(running.messages.filter((message) => /^(error|pageerror)/.test(message))).toEqual([])
  })
})
