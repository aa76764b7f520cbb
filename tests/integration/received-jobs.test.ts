/** Jobs over a workspace that came from elsewhere: none reads a folder that nobody here chose, follows a link out of one, or writes where nobody here pointed. */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { WorkspaceService } from '#engine/workspace/service.ts'
import { workspaceLayout } from '#engine/workspace/storage/layout.ts'
import { sentence, toReport } from '#shared/errors.ts'
import type { Job } from '#shared/jobs.ts'
import { ensureEncoders } from '../../scripts/build-encoder.ts'
import { makeWorkshop, writeExperiment, type Workshop } from '../attack/workshop.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const elsewhere = 'b'.repeat(64)
const everything = { filter: {}, sort: {} }

beforeAll(async () => {
  await ensureEncoders()
})

/** A workspace with photos of a folder beside it, as somebody else made it; nothing that was seen of the photos is kept. */
async function received(prepare: (workshop: Workshop) => Promise<void> | void = () => undefined): Promise<{ workshop: Workshop; service: WorkspaceService }> {
  const workshop = await makeWorkshop(join(temporaryFolder(), 'workshop'))
  await prepare(workshop)
  rmSync(workspaceLayout(workshop.folder).features, { recursive: true, force: true })
  const service = await openWorkspace({
    folder: workshop.folder,
    installation: elsewhere,
    modelRoots: [workshop.models],
    author: () => 'Bob',
    onEvent: () => undefined,
  })
  onTestFinished(() => service.close())
  return { workshop, service }
}

interface Outcome {
  job: Job
  /** Of the job, or of the photos that it left out. */
  told: string[]
}

/** Runs what was queued; a job that fails is an outcome. */
async function outcome({ workshop, service }: { workshop: Workshop; service: WorkspaceService }, jobId: number): Promise<Outcome> {
  const run = { jobId, modelRoots: [workshop.models], encoderRoots: [workshop.encoders], threads: 1 }
  const thrown = await runNextJob(service, run).then(
    () => [],
    (error: unknown) => [sentence(toReport(error))],
  )
  return { job: service.jobs.get(jobId), told: [...thrown, ...service.jobs.failures(jobId).map(({ reason }) => reason)] }
}

/** What the cache of features holds: nothing was encoded, where nothing was read. */
function encoded({ folder }: Workshop): string[] {
  const { features } = workspaceLayout(folder)
  if (!existsSync(features)) return []
  return readdirSync(features, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.f16') && readFileSync(join(features, name)).length > 0)
}

type Place = { workshop: Workshop; service: WorkspaceService }
type Queueing = (place: Place) => Promise<{ id: number }>

const kinds: Record<string, Queueing> = {
  caption: ({ service, workshop }) => service.call('captioning.start', { modelId: workshop.modelId, scope: {}, beam: 1, again: true }),
  score: ({ service, workshop }) => service.call('scores.start', { modelId: workshop.modelId, set: 'all', beam: 2 }),
  embed: ({ service }) => service.call('embeddings.start', { encoderId: 'openimages-ssd' }),
  train: async ({ service, workshop }) => {
    const [snapshot] = await service.call('snapshots.list', undefined)
    return service.call('training.start', { parentModelId: workshop.modelId, snapshotId: snapshot.id, name: 'Learned', recipe: { epochs: 1 } })
  },
  experiment: ({ service, workshop }) => service.call('experiments.start', { name: 'Grid', recipe: writeExperiment(workshop), data: 'workspace' }),
  'export of a folder with its photos': ({ service, workshop }) =>
    service.call('exports.start', { what: 'references', modelId: null, set: 'all', format: 'image-folder', file: join(workshop.outputs, 'folder') }),
  'import of objects': ({ service, workshop }) => {
    const file = join(workshop.outputs, 'instances.json')
    const { images } = JSON.parse(readFileSync(workshop.scenes.captions, 'utf8')) as {
      images: { id: number; file_name: string; width: number; height: number }[]
    }
    const annotations = images.map(({ id }) => ({ id, image_id: id, category_id: 18, bbox: [1, 2, 30, 20], iscrowd: 0 }))
    // Another size than the workspace knows: only the photo tells how it is held.
    const turned = images.map((image) => ({ ...image, width: image.height, height: image.width + 1 }))
    writeFileSync(file, JSON.stringify({ images: turned, annotations, categories: [{ id: 18, name: 'dog' }] }))
    return service.call('imports.start', { kind: 'instances', file })
  },
}

describe('of photos in a folder that nobody here chose', () => {
  test.each(Object.entries(kinds))('%s reads none and says why', async (_kind, queue) => {
    const place = await received()
    const { root } = place.service.foreignRoots().length > 0 ? { root: place.service.foreignRoots()[0] } : { root: '' }
    expect(root).toBe(place.workshop.scenes.images)
    const { told } = await outcome(place, (await queue(place)).id)
    expect(told).not.toEqual([])
    expect(told.filter((reason) => reason.includes(`The photos of ${root} were chosen elsewhere, not by you on this computer.`))).not.toEqual([])
    expect(encoded(place.workshop)).toEqual([])
    expect(existsSync(join(place.workshop.outputs, 'folder'))).toBe(false)
  })

  test('they are read once the person allows the folder', async () => {
    const place = await received()
    place.service.allowRoots(place.service.foreignRoots())
    const { job, told } = await outcome(place, (await kinds['caption'](place)).id)
    expect({ state: job.state, told }).toEqual({ state: 'done', told: [] })
    expect(encoded(place.workshop)).not.toEqual([])
  })
})

test.each(Object.entries(kinds))('%s follows no link out of a folder that was chosen', async (_kind, queue) => {
  let secrets = ''
  const place = await received(({ scenes }) => {
    // The very photos, where nobody pointed.
    secrets = join(scenes.images, '../../secret')
    mkdirSync(secrets)
    for (const name of readdirSync(scenes.images)) {
      renameSync(join(scenes.images, name), join(secrets, name))
      symlinkSync(join(secrets, name), join(scenes.images, name))
    }
  })
  place.service.allowRoots(place.service.foreignRoots())
  const { told } = await outcome(place, (await queue(place)).id)
  expect(told.filter((reason) => reason.includes('leads out of its folder'))).not.toEqual([])
  expect(encoded(place.workshop)).toEqual([])
  expect(existsSync(join(place.workshop.outputs, 'folder'))).toBe(false)
})

test('an import follows no link out of the folder, whatever its file of captions names', async () => {
  const place = await received()
  const { scenes, outputs } = place.workshop
  const images = join(outputs, 'linked')
  mkdirSync(images)
  const [first, second] = readdirSync(scenes.images)
  renameSync(join(scenes.images, first), join(images, 'own.jpg'))
  symlinkSync(join(scenes.images, second), join(images, 'out.jpg'))
  const file = join(outputs, 'captions.jsonl')
  writeFileSync(file, ['own.jpg', 'out.jpg'].map((name) => `${JSON.stringify({ file_name: name, text: 'a dog' })}\n`).join(''))
  const { id } = await place.service.call('imports.start', { kind: 'captions', file, imageRoot: images, split: 'none' })
  const { job, told } = await outcome(place, id)
  expect(job).toMatchObject({ state: 'done', result: { images: 1, unreadable: 1 } })
  expect(told).toEqual([expect.stringContaining('leads out of its folder')])
})

describe('what was queued elsewhere', () => {
  const queuedThere: [string, (workshop: Workshop) => Promise<void>, (workshop: Workshop) => string, string][] = [
    [
      'an export',
      async (workshop) => {
        const service = await workshop.open()
        await service.call('exports.start', { what: 'reviewed', modelId: null, set: 'all', file: join(workshop.outputs, 'profile'), replace: true })
        service.close()
      },
      ({ outputs }) => join(outputs, 'profile'),
      'It writes captions to PLACE.',
    ],
    [
      'an export of a model',
      async (workshop) => {
        const service = await workshop.open()
        await service.call('models.exportOnnx', { modelId: workshop.modelId, folder: join(workshop.outputs, 'onnx') })
        service.close()
      },
      ({ outputs }) => join(outputs, 'onnx'),
      'It writes a model’s files to PLACE.',
    ],
    [
      'an import',
      async (workshop) => {
        const service = await workshop.open()
        await service.call('imports.start', { kind: 'folder', folder: workshop.scenes.images, split: 'none' })
        service.close()
      },
      ({ scenes }) => scenes.images,
      'It reads PLACE and writes into this workspace alone.',
    ],
    [
      'an experiment',
      async (workshop) => {
        const service = await workshop.open()
        await service.call('experiments.start', { name: 'Grid', recipe: writeExperiment(workshop), data: 'recipe' })
        service.close()
      },
      ({ outputs }) => join(outputs, 'experiment.json'),
      'It reads what PLACE names and writes into this workspace alone.',
    ],
  ]

  test.each(queuedThere)('%s does not run: it waits and says what it would touch', async (_what, queue, place, says) => {
    const { workshop, service } = await received(queue)
    const [waiting] = service.jobs.list().filter(({ state }) => state === 'paused')
    expect(waiting.message).toBe(`Queued elsewhere, not by you on this computer: it waits until you let it go on. ${says.replace('PLACE', place(workshop))}`)
    for (const jobId of [undefined, waiting.id])
      expect(await runNextJob(service, { modelRoots: [], encoderRoots: [], ...(jobId !== undefined && { jobId }) })).toBeNull()
    expect(service.jobs.get(waiting.id)).toMatchObject({ state: 'paused', attempts: 0 })
    if (says.startsWith('It writes')) expect(existsSync(place(workshop))).toBe(false)
    expect(await service.call('library.ids', everything)).toHaveLength(16)
  })

  test('an experiment that was begun elsewhere, with data of its own, waits when it is to go on', async () => {
    const place = await received(async (workshop) => {
      const service = await workshop.open()
      const { id } = await service.call('experiments.start', { name: 'Grid', recipe: writeExperiment(workshop), data: 'recipe' })
      await runNextJob(service, { jobId: id, modelRoots: [workshop.models], encoderRoots: [workshop.encoders], threads: 1 })
      await service.call('jobs.clearFinished', undefined)
      service.close()
    })
    const job = await place.service.call('experiments.resume', { experiment: 'grid' })
    expect(await runNextJob(place.service, { modelRoots: [], encoderRoots: [], jobId: job.id })).toBeNull()
    const { state, message } = place.service.jobs.get(job.id)
    expect(state).toBe('paused')
    expect(message).toBe(
      'Begun elsewhere, not by you on this computer: it waits until you let it go on. It reads what experiments/grid/experiment.json names and writes into this workspace alone.',
    )
    place.service.jobs.approve(job.id)
    place.service.jobs.update(job.id, { state: 'queued' })
    const resumed = await outcome(place, job.id)
    expect({ state: resumed.job.state, told: resumed.told }).toEqual({ state: 'done', told: [] })
  })
})
