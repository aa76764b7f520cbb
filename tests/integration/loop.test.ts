/** The whole loop on the engine, without a window: import → caption → correct → freeze → fine-tune → compare → promote → export. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import type { WorkspaceService } from '#engine/workspace/service.ts'
import type { VerbInput, VerbName, VerbResult } from '#shared/api.ts'
import { fineTuneRecipeSchema } from '#shared/domain.ts'
import type { Job } from '#shared/jobs.ts'
import { defaultEncoderFolder, ensureEncoders } from '../../scripts/build-encoder.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { writeTinyModel } from '../support/tiny-model.ts'

beforeAll(async () => {
  await ensureEncoders()
})

const position = { by: 'position', metric: 'CIDEr', direction: 'ascending' } as const

interface Loop {
  service: WorkspaceService
  call<Name extends VerbName>(name: Name, input?: VerbInput<Name>): Promise<VerbResult<Name>>
  run(signal?: AbortSignal, onProgress?: () => void): Promise<Job>
}

function loopOf(service: WorkspaceService, modelRoot: string): Loop {
  return {
    service,
    call: async (name, input) => (await service.handle(name, input)) as VerbResult<typeof name>,
    run: async (signal, onProgress) => {
      const job = await runNextJob(service, {
        modelRoots: [modelRoot],
        encoderRoots: [join(defaultEncoderFolder, '..')],
        threads: 1,
        ...(signal ? { signal } : {}),
        ...(onProgress ? { onProgress } : {}),
      })
      return job!
    },
  }
}

test('corrections become a better model, and everything is there after a restart', async () => {
  const home = temporaryFolder()
  const scenes = await writeScenes(join(home, 'scenes'), 16, 1)
  const modelRoot = join(home, 'models')
  mkdirSync(modelRoot)
  const theme = 'a big red dog in the deep snow'
  // The parent has never heard of “deep”.
  const modelId = await writeTinyModel(modelRoot, defaultEncoderFolder, ['a big red dog in the snow', 'a cat sits', 'two birds fly'])
  const folder = join(home, 'workspace')
  const open = async (create?: { name: string }): Promise<Loop> =>
    loopOf(await openWorkspace({ folder, modelRoots: [modelRoot], author: () => 'Ada', onEvent: () => undefined, ...(create ? { create } : {}) }), modelRoot)
  let loop = await open({ name: 'Scenes' })
  expect((await loop.call('models.list')).map(({ id, promoted, available }) => ({ id, promoted, available }))).toEqual([
    { id: modelId, promoted: true, available: true },
  ])

  await loop.call('imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images })
  expect((await loop.run()).result).toMatchObject({ added: 16, references: 80 })

  // A second run finds nothing left to caption.
  await loop.call('captioning.start', { modelId, scope: {}, beam: 2, again: false })
  const first = await loop.run()
  expect(first).toMatchObject({ state: 'done', result: { captioned: 16 } })
  await loop.call('captioning.start', { modelId, scope: {}, beam: 2, again: false })
  expect((await loop.run()).result).toMatchObject({ captioned: 0 })
  const detail = await loop.call('images.get', { imageId: 3 })
  expect(detail.candidates.map(({ rank }) => rank)).toEqual([0, 1])
  expect(detail.candidates[0].logProbability).toBeGreaterThanOrEqual(detail.candidates[1].logProbability!)

  const imageIds = await loop.call('library.ids', { filter: {}, sort: position })
  const corrected = imageIds.slice(0, 12)
  for (const imageId of corrected) {
    const {
      captions: [review],
      candidates,
    } = await loop.call('images.get', { imageId })
    await loop.call('review.decide', {
      imageId,
      slot: 0,
      expectedRevision: review.revision,
      decision: { kind: 'correct', candidateId: candidates[0].id, text: theme, errorTypes: ['object'], rating: 5 },
    })
  }

  const snapshot = await loop.call('snapshots.create', { name: 'Snow', heldOut: 0.3 })
  expect(snapshot).toMatchObject({ corrections: 12 })
  expect(snapshot.heldOut).toBeGreaterThanOrEqual(2)
  const recipe = fineTuneRecipeSchema.parse({ parts: 'all', epochs: 10, learningRate: 0.01, batchImages: 4, keep: 1 })
  const started = await loop.call('training.start', { parentModelId: modelId, snapshotId: snapshot.id, name: 'Snow dogs', recipe })

  // Killed in the middle: cancelled here, interrupted in the table; the next run resumes from the checkpoint.
  const stop = new AbortController()
  let steps = 0
  const stopMidway = (): void => {
    steps += 1
    if (steps > 30) stop.abort('cancel')
  }
  await expect(loop.run(stop.signal, stopMidway)).rejects.toMatchObject({ code: 'cancelled' })
  const before = await loop.call('training.curve', { jobId: started.id })
  expect(before.points.length).toBeGreaterThan(0)
  loop.service.jobs.update(started.id, { state: 'queued' })
  const trained = await loop.run()
  expect(trained.state).toBe('done')
  const childId = String(trained.result['modelId'])
  const curve = await loop.call('training.curve', { jobId: started.id })
  expect(curve.points.map(({ step }) => step)).toEqual(Array.from({ length: curve.totalSteps }, (_, i) => i + 1))
  expect(curve.samples[0].captions.length).toBeGreaterThan(4)
  expect(existsSync(join(folder, 'training', String(started.id)))).toBe(false)

  const comparison = await loop.call('models.compare', { beforeId: modelId, afterId: childId, metric: 'CIDEr', set: 'held-out corrections' })
  expect(comparison.images).toBe(snapshot.heldOut)
  expect(comparison.after.CIDEr ?? 0).toBeGreaterThan(comparison.before.CIDEr ?? 0)
  expect(comparison.rows[0].target).toBe(theme)
  const [parent, child] = await loop.call('models.list')
  expect(child).toMatchObject({ id: childId, parentId: parent.id, snapshotId: snapshot.id, source: { kind: 'package', origin: 'trained' }, promoted: false })
  const card = await loop.call('models.card', { modelId: childId })
  expect(card).toContain('Fine-tuned from **Tiny**')
  expect(card).toContain('Words that joined the vocabulary (1): deep.')
  expect((await loop.call('images.get', { imageId: comparison.rows[0].imageId })).candidates.map(({ text }) => text).join()).toContain('deep')
  expect(await loop.call('models.promote', { modelId: childId })).toMatchObject({ promoted: true })

  await loop.call('scores.start', { modelId: childId, set: 'all', beam: 1 })
  expect((await loop.run()).result).toMatchObject({ images: 16 })
  for (const what of ['candidates', 'reviewed', 'corrections'] as const) {
    await loop.call('exports.start', { what, modelId: childId, set: 'all', file: join(home, 'out', `${what}.json`) })
    expect((await loop.run()).message).toContain('image ids are those of the imported captions file')
  }
  const read = (name: string): unknown => JSON.parse(readFileSync(join(home, 'out', name), 'utf8'))
  expect(read('candidates.json')).toHaveLength(16)
  const nameOf = (id: number): string => `scene-${String(id).padStart(5, '0')}.jpg`
  expect(read('reviewed.json')).toEqual(corrected.map((id) => ({ image_id: id, caption: theme, file_name: nameOf(id) })))
  expect(read('corrections.json')).toMatchObject({
    images: corrected.map((id) => ({ id, file_name: nameOf(id) })),
    annotations: corrected.map((id) => ({ image_id: id, caption: theme })),
  })

  loop.service.close()
  loop = await open()
  expect(loop.service.info()).toMatchObject({ name: 'Scenes', images: 16 })
  expect((await loop.call('models.list')).map(({ id, promoted }) => [id, promoted])).toEqual([
    [modelId, false],
    [childId, true],
  ])
  expect((await loop.call('library.facets')).states.corrected).toBe(12)
  expect(await loop.call('models.rollBack')).toMatchObject({ id: modelId, promoted: true })
  loop.service.close()
})

test('where nobody captioned the other photos, the parent’s own captions of them are rehearsed', async () => {
  const home = temporaryFolder()
  const scenes = await writeScenes(join(home, 'scenes'), 9, 1)
  const modelRoot = join(home, 'models')
  mkdirSync(modelRoot)
  const modelId = await writeTinyModel(modelRoot, defaultEncoderFolder, ['a cat sits', 'two birds fly'])
  const service = await openWorkspace({
    folder: join(home, 'workspace'),
    modelRoots: [modelRoot],
    author: () => '',
    onEvent: () => undefined,
    create: { name: 'Own' },
  })
  const { call, run } = loopOf(service, modelRoot)
  await call('imports.start', { kind: 'folder', folder: scenes.images })
  await run()
  for (const imageId of [1, 2, 3, 4, 5, 6])
    await call('review.decide', {
      imageId,
      slot: 0,
      expectedRevision: 0,
      decision: { kind: 'correct', candidateId: null, text: 'two cats fly', errorTypes: [], rating: null },
    })
  const snapshot = await call('snapshots.create', { name: 'Cats', heldOut: 0 })
  const recipe = fineTuneRecipeSchema.parse({ epochs: 1, batchImages: 4, distillation: 1 })
  await call('training.start', { parentModelId: modelId, snapshotId: snapshot.id, name: 'Cats', recipe })
  const { result } = await run()
  expect(await call('models.card', { modelId: String(result['modelId']) })).toContain(
    '3 photos rehearsed against forgetting (3 of them with the parent’s own captions)',
  )
  service.close()
})

test('fine-tuning with too few corrections is refused and says how many are missing', async () => {
  const home = temporaryFolder()
  const scenes = await writeScenes(join(home, 'scenes'), 3, 1)
  const modelRoot = join(home, 'models')
  mkdirSync(modelRoot)
  const modelId = await writeTinyModel(modelRoot, defaultEncoderFolder, ['a cat'])
  const service = await openWorkspace({
    folder: join(home, 'workspace'),
    modelRoots: [modelRoot],
    author: () => '',
    onEvent: () => undefined,
    create: { name: 'Few' },
  })
  const { call, run } = loopOf(service, modelRoot)
  await call('imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images })
  await run()
  await call('review.decide', {
    imageId: 1,
    slot: 0,
    expectedRevision: 0,
    decision: { kind: 'correct', candidateId: null, text: 'a cat', errorTypes: [], rating: null },
  })
  const snapshot = await call('snapshots.create', { name: 'One', heldOut: 0 })
  const start = call('training.start', { parentModelId: modelId, snapshotId: snapshot.id, name: 'x', recipe: fineTuneRecipeSchema.parse({}) })
  await expect(start).rejects.toMatchObject({
    code: 'too-little-data',
    message: 'The snapshot holds 1 corrected image; fine-tuning needs 5.',
    todo: 'Correct 4 more images and freeze a new snapshot.',
  })
  service.close()
})
