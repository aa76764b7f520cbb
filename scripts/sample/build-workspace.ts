/** Builds the sample workspace with the project's own verbs and jobs: import, captions, scores, reviews, a snapshot, a fine-tuning run. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import type { Scene } from '#engine/scenes/compose.ts'
import { composeSeries, writeScenes } from '#engine/scenes/write-scenes.ts'
import type { WorkspaceService } from '#engine/workspace/service.ts'
import { fineTuneRecipeSchema } from '#shared/domain.ts'
import type { Job } from '#shared/jobs.ts'
import { defaultEncoderFolder } from '../build-encoder.ts'
import { guidelines } from './guidelines.ts'
import { reviewScenes } from './review-scenes.ts'

/** Half of the sample is snow, which the captioner hardly knows. */
const series = { count: 200, seed: 500_000, only: ({ backdrop, seed }: Scene): boolean => backdrop.name === 'snow' || seed % 5 === 0 }
/** The scenes of the sample, in the order of its images' names. */
export const sampleScenes = (): Scene[] => composeSeries(series.count, series.seed, series.only)
/** The last of them are for judging; the first are for learning. */
const devScenes = 50
const reviewedSnow = 60
const reviewedOthers = 12
const beam = 3

const recipe = fineTuneRecipeSchema.parse({ parts: 'all', epochs: 8, learningRate: 1e-4, replay: 0.6, keep: 1, heldOut: 0.3, patience: 8 })

const cocoSchema = z.object({
  info: z.unknown(),
  images: z.array(z.looseObject({ id: z.number() })),
  annotations: z.array(z.looseObject({ image_id: z.number() })),
})

/** Makes the workspace in `folder`, with the captioner of `modelFolder` and everything a newcomer looks at. */
export async function buildSampleWorkspace(folder: string, modelFolder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const service = await openWorkspace({
    folder,
    modelRoots: [],
    author: () => 'Sample team',
    onEvent: () => undefined,
    create: { name: 'Sample: scenes in the snow' },
  })
  try {
    await importScenes(service, folder)
    const { id: modelId } = await service.call('models.add', { folder: modelFolder })
    await service.call('models.promote', { modelId })
    await service.call('captioning.start', { modelId, scope: {}, beam, again: false })
    await runAll(service)
    for (const set of ['all', 'dev'] as const) await service.call('scores.start', { modelId, set, beam })
    await runAll(service)
    // Those jobs name folders of the machine that made the sample.
    await service.call('jobs.clearFinished', undefined)
    const counts = await reviewScenes(service, await scenesToReview(service))
    console.log(`reviewed: ${counts.corrected} corrected, ${counts.accepted} accepted`)
    await service.call('guidelines.save', { text: guidelines, expectedVersion: 0 })
    const snapshot = await service.call('snapshots.create', { name: 'First snow', heldOut: recipe.heldOut })
    await service.call('training.start', { parentModelId: modelId, snapshotId: snapshot.id, name: 'Scene captioner after the first snow', recipe })
    const [trained] = await runAll(service)
    const childId = String(trained?.result['modelId'])
    await service.call('scores.start', { modelId: childId, set: 'all', beam })
    await runAll(service)
    for (const evaluation of await service.call('scores.evaluations', undefined))
      console.log(`${evaluation.modelId} on ${evaluation.set}, ${evaluation.images} images: CIDEr ${(evaluation.scores.CIDEr ?? 0).toFixed(3)}`)
  } finally {
    service.close()
  }
}

async function importScenes(service: WorkspaceService, folder: string): Promise<void> {
  const written = await writeScenes(folder, series.count, series.seed, series.only)
  const { info, images, annotations } = cocoSchema.parse(JSON.parse(await readFile(written.captions, 'utf8')))
  const isDev = (id: number): boolean => id > series.count - devScenes
  for (const split of ['train', 'dev'] as const) {
    const file = join(folder, `captions-${split}.json`)
    const here = (id: number): boolean => isDev(id) === (split === 'dev')
    await writeFile(
      file,
      JSON.stringify({ info, images: images.filter(({ id }) => here(id)), annotations: annotations.filter(({ image_id: id }) => here(id)) }),
    )
    await service.call('imports.start', { kind: 'captions', file, imageRoot: written.images, split })
  }
  await runAll(service)
}

/** Scenes of the training split, by image: most of the snowy ones and a few others. The rest is left for the newcomer. */
async function scenesToReview(service: WorkspaceService): Promise<Map<number, Scene>> {
  const ids = await service.call('library.ids', { filter: { splits: ['train'] }, sort: {} })
  const scenes = sampleScenes().slice(0, series.count - devScenes)
  const pairs = scenes.flatMap((scene, index) => (ids[index] === undefined ? [] : [[ids[index], scene] as const]))
  const snowy = pairs.filter(([, { backdrop }]) => backdrop.name === 'snow').slice(0, reviewedSnow)
  const others = pairs.filter(([, { backdrop }]) => backdrop.name !== 'snow').slice(0, reviewedOthers)
  return new Map([...snowy, ...others].sort(([one], [other]) => one - other))
}

/** Runs every job that waits. */
async function runAll(service: WorkspaceService): Promise<Job[]> {
  const jobs: Job[] = []
  for (;;) {
    const job = await runNextJob(service, { modelRoots: [], encoderRoots: [join(defaultEncoderFolder, '..')], threads: availableParallelism() })
    if (job === null) return jobs
    console.log(`${job.title}: ${job.message}`)
    jobs.push(job)
  }
}
