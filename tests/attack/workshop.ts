/** A small workspace with a tiny model over drawn scenes, in which every kind of job takes seconds. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openWorkspace } from '#engine/jobs/open-workspace.ts'
import { runNextJob } from '#engine/jobs/run-inline.ts'
import { writeScenes } from '#engine/scenes/write-scenes.ts'
import type { WorkspaceService } from '#engine/workspace/service.ts'
import { anyFilter } from '#shared/domain.ts'
import { defaultEncoderFolder } from '../../scripts/build-encoder.ts'
import { writeTinyModel } from '../support/tiny-model.ts'
import { installation } from './installation.ts'

export interface Workshop {
  folder: string
  /** Where the workspace's exports go. */
  outputs: string
  models: string
  encoders: string
  scenes: { captions: string; images: string }
  modelId: string
  open(): Promise<WorkspaceService>
}

const position = { by: 'position', metric: 'CIDEr', direction: 'ascending' } as const
const photos = 16

export async function makeWorkshop(folder: string): Promise<Workshop> {
  const [workspace, outputs, models] = ['workspace', 'outputs', 'models'].map((name) => join(folder, name))
  for (const each of [outputs, models]) mkdirSync(each, { recursive: true })
  const scenes = await writeScenes(join(folder, 'scenes'), photos, 5)
  const modelId = await writeTinyModel(models, defaultEncoderFolder, ['a red car on a road', 'two dogs beside a tree', 'a cat under a table'])
  const encoders = join(defaultEncoderFolder, '..')
  const options = { folder: workspace, installation, modelRoots: [models], author: () => 'Ada', onEvent: () => undefined }
  const service = await openWorkspace({ ...options, create: { name: 'Attack' } })
  const run = { modelRoots: [models], encoderRoots: [encoders], threads: 1 }
  await service.call('imports.start', { kind: 'captions', file: scenes.captions, imageRoot: scenes.images, split: 'train' })
  await runNextJob(service, run)
  await service.call('captioning.start', { modelId, scope: {}, beam: 1, again: false })
  await runNextJob(service, run)
  const imageIds = await service.call('library.ids', { filter: anyFilter, sort: position })
  for (const imageId of imageIds.slice(0, photos / 2)) {
    const decision = { kind: 'correct' as const, candidateId: null, text: `a scene of number ${imageId}`, errorTypes: [], rating: null }
    await service.call('review.decide', { imageId, slot: 0, expectedRevision: 0, decision })
  }
  await service.call('snapshots.create', { name: 'Frozen', heldOut: 0 })
  service.close()
  return { folder: workspace, outputs, models, encoders, scenes, modelId, open: () => openWorkspace(options) }
}

/** An experiment of one tiny cell over the scenes. */
export function writeExperiment({ outputs, scenes }: Workshop): string {
  const names = Array.from({ length: photos }, (_, index) => `scene-${String(index + 1).padStart(5, '0')}.jpg`)
  writeFileSync(join(outputs, 'train.txt'), names.slice(0, 8).join('\n'))
  writeFileSync(join(outputs, 'dev.txt'), names.slice(8).join('\n'))
  const file = join(outputs, 'experiment.json')
  const recipe = {
    name: 'One cell',
    data: { captions: scenes.captions, images: scenes.images, trainList: 'train.txt', devList: 'dev.txt' },
    encoders: ['openimages-ssd'],
    captioners: [{ name: 'transformer', captioner: { architecture: 'transformer' } }],
    recipes: [
      {
        name: 'short',
        epochs: 10,
        batchImages: 4,
        captionsPerImage: 2,
        minimumCount: 1,
        captioner: { encoderLayers: 1, decoderLayers: 1, width: 16, feedForward: 32, heads: 2 },
        features: { mirror: false },
        averaging: 0,
        evaluation: { everyEpochs: 5 },
        checkpointSteps: 5,
      },
    ],
    beam: 1,
    metrics: ['CIDEr'],
    baselines: [{ captioner: 'transformer' }],
  }
  writeFileSync(file, JSON.stringify(recipe))
  return file
}
