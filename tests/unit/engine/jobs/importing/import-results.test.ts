import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { VerbInput } from '#shared/api.ts'
import type { Job } from '#shared/jobs.ts'
import { importedImage, importImages, testWorkspace, type TestWorkspace } from '../../../../support/workspace.ts'

const references = [{ text: 'a dog runs', source: 'captions.json' }]

async function threeImages(): Promise<TestWorkspace> {
  const workspace = await testWorkspace()
  const root = join(workspace.folder, 'photos')
  await importImages(workspace, [
    importedImage(root, 1, { sourceId: 11, split: 'dev', references }),
    importedImage(root, 2, { sourceId: 22, split: 'dev', references }),
    importedImage(root, 3, { sourceId: 'three' }),
  ])
  return workspace
}

async function importCaptions(workspace: TestWorkspace, results: unknown, signal?: AbortSignal): Promise<Job> {
  const file = join(workspace.folder, '..', 'ofa.json')
  writeFileSync(file, JSON.stringify(results))
  await workspace.call('imports.start', { kind: 'results', file, modelName: 'OFA', note: 'large', licence: 'Apache-2.0' })
  const job = await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [], ...(signal ? { signal } : {}) })
  return job!
}

const results = [
  { image_id: 11, caption: 'a dog running' },
  { image_id: 11, caption: 'a brown dog' },
  { image_id: 22, caption: 'a cat' },
  { image_id: 'three', caption: 'a bird' },
  { image_id: 99, caption: 'nobody' },
]

test('captions of another captioner are candidates of a model without weights; several of an image are ranks', async () => {
  const workspace = await threeImages()
  const job = await importCaptions(workspace, results)
  expect(job).toMatchObject({ state: 'done', message: 'Imported 4 captions of 3 images by OFA; 1 left out' })
  expect(await workspace.call('jobs.failures', { jobId: job.id })).toEqual([{ subject: 'ofa.json, [4]', reason: 'No image has the id 99.' }])
  const model = (await workspace.call('models.list')).find(({ name }) => name === 'OFA')!
  expect(model.source).toEqual({ kind: 'external', family: 'OFA', version: 1, note: 'large', licence: 'Apache-2.0', file: 'ofa.json' })
  const { candidates } = await workspace.call('images.get', { imageId: 1 })
  expect(candidates.map(({ rank, text, logProbability }) => [rank, text, logProbability])).toEqual([
    [0, 'a dog running', null],
    [1, 'a brown dog', null],
  ])
  expect(await workspace.call('models.card', { modelId: model.id })).toContain('Apache-2.0')
})

test('the same file again changes nothing, a newer one is a version whose parent is the one before', async () => {
  const workspace = await threeImages()
  await importCaptions(workspace, results)
  expect((await importCaptions(workspace, results)).message).toContain('nothing has changed')
  await importCaptions(workspace, results.slice(0, 3))
  const models = (await workspace.call('models.list')).filter(({ source }) => source.kind === 'external')
  expect(models.map(({ name }) => name)).toEqual(['OFA', 'OFA, version 2'])
  expect(models[1].parentId).toBe(models[0].id)
})

test('the same file again brings what it did not bring before: captions of photos that have come, or of another column', async () => {
  const workspace = await threeImages()
  await importCaptions(workspace, [...results, { image_id: 44, caption: 'a horse' }])
  const root = join(workspace.folder, 'photos')
  await importImages(workspace, [importedImage(root, 4, { sourceId: 44 })])
  expect((await importCaptions(workspace, [...results, { image_id: 44, caption: 'a horse' }])).message).toContain('Imported 5 captions of 4 images')
  // Written another way, it says the same.
  expect((await importCaptions(workspace, [{ image_id: 44, caption: ' a horse ' }, ...results])).message).toContain('nothing has changed')
  const file = join(workspace.folder, '..', 'both.csv')
  writeFileSync(file, 'id,short,long\n11,a dog,a dog that runs\n')
  const preview = (caption: string) => workspace.call('imports.preview', { kind: 'results', file, modelName: 'both', columns: { id: 'id', caption } })
  await workspace.call('imports.start', { kind: 'results', file, modelName: 'both', columns: { id: 'id', caption: 'short' } })
  await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })
  expect((await preview('short')).models).toEqual([{ name: 'both', images: 1, known: 'same', version: 1 }])
  expect((await preview('long')).models).toEqual([{ name: 'both', images: 1, known: 'newer', version: 2 }])
})

test('its captions are accepted and corrected, scored, compared and exported like any other’s', async () => {
  const workspace = await threeImages()
  await importCaptions(workspace, results)
  const { candidates } = await workspace.call('images.get', { imageId: 1 })
  await workspace.call('review.decide', {
    imageId: 1,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'correct', candidateId: candidates[0].id, text: 'a dog is running', errorTypes: [], rating: 3 },
  })
  const modelId = candidates[0].modelId
  await workspace.call('scores.start', { modelId, set: 'dev', beam: 3 })
  expect(await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })).toMatchObject({ state: 'done', result: { images: 2 } })
  expect((await workspace.call('scores.evaluations'))[0]).toMatchObject({ modelId, set: 'dev', images: 2, beam: 0 })
  expect(await workspace.call('failures.summary', { modelId, set: 'dev' })).not.toBeNull()
  await workspace.call('exports.start', { what: 'candidates', modelId, set: 'all', file: join(workspace.folder, '..', 'out.json') })
  expect(await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })).toMatchObject({ state: 'done', result: { captions: 3 } })
})

test('a column that says who wrote a caption makes a model of each; they are accepted, rejected, scored, compared and looked through beside each other', async () => {
  const workspace = await threeImages()
  const file = join(workspace.folder, '..', 'both.csv')
  writeFileSync(file, 'image_id,caption,model\n11,a dog runs,OFA\n22,a dog runs,OFA\n11,a green bus,BLIP\n22,a dog,BLIP\nthree,a bird,BLIP\n')
  await workspace.call('imports.start', { kind: 'results', file, modelName: 'unnamed' })
  const job = await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })
  expect(job!.message).toBe('Imported 5 captions of 3 images by OFA, BLIP')
  const models = (await workspace.call('models.list')).filter(({ source }) => source.kind === 'external')
  const [ofa, blip] = ['OFA', 'BLIP'].map((name) => models.find((model) => model.name === name)!.id)
  const { candidates } = await workspace.call('images.get', { imageId: 1 })
  expect(candidates.map(({ modelId, text }) => [modelId, text]).sort()).toEqual([
    [blip, 'a green bus'],
    [ofa, 'a dog runs'],
  ])
  const decide = (imageId: number, decision: VerbInput<'review.decide'>['decision']) =>
    workspace.call('review.decide', { imageId, slot: 0, expectedRevision: 0, decision })
  await decide(1, { kind: 'accept', candidateId: candidates.find(({ modelId }) => modelId === ofa)!.id, rating: null })
  await decide(3, { kind: 'reject', errorTypes: [], rating: null })
  expect((await workspace.call('library.facets')).states).toMatchObject({ accepted: 1, rejected: 1, pending: 1 })
  for (const modelId of [ofa, blip]) {
    await workspace.call('scores.start', { modelId, set: 'dev', beam: 3 })
    await runNextJob(workspace.service, { modelRoots: [], encoderRoots: [] })
  }
  const compared = await workspace.call('models.compare', { beforeId: ofa, afterId: blip, metric: 'ROUGE_L', set: 'dev' })
  expect(compared).toMatchObject({ images: 2, better: 0, worse: 2 })
  expect(compared.rows.map(({ imageId }) => imageId)).toEqual([1, 2])
  const ids = await workspace.call('library.ids', {
    filter: { modelId: blip, states: ['pending'] },
    sort: { by: 'score', metric: 'ROUGE_L', direction: 'ascending' },
  })
  expect(ids).toEqual([2])
})

test('what needs weights says that there are none', async () => {
  const workspace = await threeImages()
  await importCaptions(workspace, results)
  const { modelId } = (await workspace.call('images.get', { imageId: 1 })).candidates[0]
  const without = { code: 'unavailable' }
  await expect(workspace.call('models.promote', { modelId })).rejects.toMatchObject(without)
  await expect(workspace.call('captioning.start', { modelId, scope: {}, beam: 1, again: false })).rejects.toMatchObject(without)
  await expect(workspace.call('models.exportOnnx', { modelId, folder: '/nowhere' })).rejects.toMatchObject(without)
})

test('a preview says what matched and writes nothing; a cancelled import leaves nothing', async () => {
  const workspace = await threeImages()
  const file = join(workspace.folder, '..', 'ofa.json')
  writeFileSync(file, JSON.stringify(results))
  expect(await workspace.call('imports.preview', { kind: 'results', file, modelName: 'OFA' })).toEqual({
    format: 'COCO results',
    models: [{ name: 'OFA', images: 3, known: 'new', version: 1 }],
    photos: 3,
    fresh: 0,
    captions: 4,
    boxes: 0,
    reasons: [{ subject: 'ofa.json, [4]', reason: 'No image has the id 99.' }],
    leftOut: 1,
    marked: { rejected: 0, precanned: 0 },
  })
  const before = await workspace.call('models.list')
  await expect(importCaptions(workspace, results, AbortSignal.abort('cancel'))).rejects.toMatchObject({ code: 'cancelled' })
  expect(await workspace.call('models.list')).toEqual(before)
})
